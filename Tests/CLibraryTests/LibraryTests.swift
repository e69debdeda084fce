import Foundation
import TestSupport
import Testing

/// The dynamic library, as programs of other languages use it.
@Suite(.serialized) struct `The C library` {
  private static let compilers = ["gcc", "clang"].filter(Ran.isThere)
  private static let hasPython = Ran.isThere("python3")

  /// Writes an image as PNG and PPM, and gives what the command says of it.
  private func inspected(_ folder: String, _ model: String) throws -> [String: Any] {
    let samples = Samples(channels: 3)
    try samples.writePNG(to: "\(folder)/image.png")
    try samples.writePPM(to: "\(folder)/image.ppm")
    let ran = try Ran(Ran.students, ["inspect", model, "\(folder)/image.png", "--json"])
    return try #require(ran.objects().first, "\(ran.errors)")
  }

  @Test(
    .enabled(if: !compilers.isEmpty, "no gcc or clang, so that no C program is built"),
    arguments: compilers)
  func `is used by a program in C`(_ compiler: String) async throws {
    try await withTemporaryFolder { folder in
      let model = try TrainedFiles.plain()
      let expected = try inspected(folder, model)
      let program = "\(folder)/inspect"
      let built = try Ran(
        compiler,
        [
          "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-I", Ran.include,
          "\(Ran.package)/Examples/c/inspect.c", "-o", program, "-L", Ran.build, "-lstudents-c",
          "-Wl,-rpath,\(Ran.build)",
        ])
      try #require(built.status == 0, "\(built.errors)")
      let ran = try Ran(program, [model, "\(folder)/image.ppm"])
      #expect(ran.status == 1, "\(ran.errors)")
      let lines = ran.output.split(separator: "\n").map { $0.split(separator: " ") }
      let number = { (name: String) in try #require(expected[name] as? Double) }
      #expect(lines[0][0] == "anomalous")
      #expect(try Float(lines[0][1]) == Float(number("score")))
      #expect(try abs(#require(Double(lines[0][3])) - number("pValue")) < 1e-8)
      let regions = try #require(expected["regions"] as? [[String: Double]])
      #expect(lines.count == 1 + regions.count)
      for (line, region) in zip(lines.dropFirst(), regions) {
        let whole = { (name: String) in Int(region[name] ?? -1) }
        #expect(line[0] == "\(whole("width"))x\(whole("height"))")
        #expect(line[2] == "\(whole("x")),\(whole("y"))")
        #expect(Float(line[4]) == region["peak"].map { Float($0) })
      }
      let wrong = try Ran(program, ["\(folder)/none.students", "\(folder)/image.ppm"])
      #expect(wrong.status == 2 && wrong.errors.contains("\(folder)/none.students"))
    }
  }

  @Test(.enabled(if: !compilers.isEmpty, "no gcc or clang"), arguments: compilers)
  func `has a header that C and C++ read`(_ compiler: String) async throws {
    for (language, standard) in [("c", "c99"), ("c", "c11"), ("c++", "c++11"), ("c++", "c++20")] {
      try await withTemporaryFolder { folder in
        let file = "\(folder)/only.\(language)"
        let text = """
          #include "students.h"
          students_open_options open_options = STUDENTS_OPEN_OPTIONS;
          students_inspect_options inspect_options = STUDENTS_INSPECT_OPTIONS;
          """
        try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: file))
        let ran = try Ran(
          compiler,
          [
            "-x", language, "-std=\(standard)", "-Wall", "-Wextra", "-pedantic", "-Werror",
            "-fsyntax-only", "-I", Ran.include, file,
          ])
        #expect(ran.status == 0, "\(ran.errors)")
      }
    }
  }

  @Test(.enabled(if: hasPython, "no python3, so that its example is not run"))
  func `is used by a program in Python`() async throws {
    try await withTemporaryFolder { folder in
      let model = try TrainedFiles.framed()
      let expected = try inspected(folder, model)
      let ran = try Ran(
        "python3",
        ["\(Ran.package)/Examples/python/students.py", model, "\(folder)/image.ppm"],
        ["STUDENTS_LIBRARY": Ran.library, "PYTHONDONTWRITEBYTECODE": "1"])
      let found = try #require(try ran.objects().first, "\(ran.errors)")
      let names = [
        "score": "score", "threshold": "threshold", "level": "level", "pValue": "p_value",
        "falseAlarms": "false_alarms", "width": "width", "height": "height",
      ]
      for (name, field) in names {
        let (one, other) = (expected[name] as? Double, found[field] as? Double)
        #expect(one.map { Float($0) } == other.map { Float($0) } && one != nil, "\(name)")
      }
      #expect(found["is_anomalous"] as? Bool == (expected["decision"] as? String == "anomalous"))
      #expect(found["unlike"] as? [String] == expected["unlike"] as? [String])
      #expect(found["looked_at"] as? [String: Int] == expected["lookedAt"] as? [String: Int])
      let regions = try #require(found["regions"] as? [[String: Double]])
      let expectedRegions = try #require(expected["regions"] as? [[String: Double]])
      #expect(regions.count == expectedRegions.count && !regions.isEmpty)
      for (region, other) in zip(regions, expectedRegions) {
        for (name, field) in [
          ("x", "x"), ("y", "y"), ("width", "width"), ("height", "height"), ("area", "area"),
          ("peak", "peak"), ("peakX", "peak_x"), ("peakY", "peak_y"),
        ] {
          #expect(other[name].map { Float($0) } == region[field].map { Float($0) }, "\(name)")
        }
      }
      let wrong = try Ran(
        "python3", ["\(Ran.package)/Examples/python/students.py", "\(folder)/none", "x.ppm"],
        ["STUDENTS_LIBRARY": Ran.library, "PYTHONDONTWRITEBYTECODE": "1"])
      #expect(wrong.status == 1 && wrong.errors.hasPrefix("students.py: "), "\(wrong.errors)")
    }
  }
}
