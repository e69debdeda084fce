// Learns from a folder of good images, saves the model, and inspects a new image.
import UninformedStudents

let run = TrainingRun(teachers: try BundledTeachers.load())
let good = try ImageCollection(ImageFolder("good"))
let model = try await TrainedModel.train(StudentTeacherMethod(), on: good, run: run)
try model.write(to: "part.students")

let inspector = try await TrainedModel(contentsOf: "part.students").inspector()
let image = try Image(contentsOf: "new.png")
let found = try await inspector.inspect(image, falseAlarms: 0.05)
print(found.isAnomalous ? "anomalous" : "good", found.score, found.regions)
try inspector.heatMap(of: image, found).write(to: "new-map.png")
