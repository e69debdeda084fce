// Inspects all images of a folder, several ahead, and goes on after one that cannot be read.
import UninformedStudents

let inspector = try await TrainedModel(contentsOf: "part.students").inspector()
let images = try ImageCollection(ImageFolder("new"))
var number = 0
for try await result in inspector.verdicts(on: images, falseAlarms: 0.05) {
  switch result {
  case .success((_, let verdict)):
    print(images.name(number), verdict.isAnomalous ? "anomalous" : "good", verdict.pValue)
  case .failure(let error): print(images.name(number), error)
  }
  number += 1
}
