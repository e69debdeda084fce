import Foundation
import UninformedStudents

extension OneClassResults {
  /// Results class by class and method by method, the paper's beside ours.
  ///
  /// Behind the students' score stand the two that it is made of.
  public var table: ResultTable {
    let methods = MethodName.oneClass.filter { method in cells.contains { $0.method == method } }
    let names = configuration.dataset.classes.filter { name in
      cells.contains { $0.name == name }
    }
    let columns = methods.flatMap(columns(of:))
    let text = { (value: Double?) in value.map { String(format: "%.4f", $0) } ?? "–" }
    return ResultTable(
      header: ["class"] + columns.map(\.title),
      rows: names.map { name in [name] + columns.map { text($0.value(name)) } }
        + [["mean"] + columns.map { text(completeMean(names.map($0.value))) }])
  }

  private struct Column {
    let title: String
    /// Of a class.
    let value: (String) -> Double?
  }

  private func columns(of method: MethodName) -> [Column] {
    var columns = [
      Column(title: method.rawValue) { cell(method, $0)?.rocAUC },
      Column(title: "paper") {
        PaperOneClass.rocAUC(configuration.dataset, method, $0, losses: configuration.losses)
      },
    ]
    if cells.contains(where: { $0.method == method && $0.errorROCAUC != nil }) {
      columns += [
        Column(title: "error alone") { cell(method, $0)?.errorROCAUC },
        Column(title: "uncertainty alone") { cell(method, $0)?.uncertaintyROCAUC },
      ]
    }
    return columns
  }
}
