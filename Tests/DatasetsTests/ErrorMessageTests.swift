import Datasets
import TestSupport
import Testing

@Test func `snapshot of error messages`() throws {
  try expectSnapshot(
    of: [
      DatasetError.missing("good"), DatasetError.notAFolder("good.png"),
      DatasetError.unreadable("good"), DatasetError.empty("good"),
      DatasetError.noFile("mnist", "train-images-idx3-ubyte"),
      DatasetError.malformed("cifar/data_batch_1", "the file has 5 bytes"),
      DatasetError.layout("bottle", missing: "test"), SampleDataError.others("parts/a.png"),
      SampleDataError.earlier("parts/test/drilled/009.png"),
    ], "Datasets")
}
