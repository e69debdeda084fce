import Foundation
import UninformedStudents

extension OneClassResults {
  /// Results class by class and method by method, the paper's beside ours.
  public var table: ResultTable {
    let methods = MethodName.oneClass.filter { method in cells.contains { $0.method == method } }
    let names = configuration.dataset.classes.filter { name in
      cells.contains { $0.name == name }
    }
    let ours = { (method: MethodName, name: String) in cell(method, name)?.rocAUC }
    let paper = { (method: MethodName, name: String) in
      PaperOneClass.rocAUC(configuration.dataset, method, name, losses: configuration.losses)
    }
    let text = { (value: Double?) in value.map { String(format: "%.4f", $0) } ?? "–" }
    let rows = names.map { name in
      [name] + methods.flatMap { [text(ours($0, name)), text(paper($0, name))] }
    }
    let means = methods.flatMap { method in
      [
        text(completeMean(names.map { ours(method, $0) })),
        text(completeMean(names.map { paper(method, $0) })),
      ]
    }
    return ResultTable(
      header: ["class"] + methods.flatMap { [$0.rawValue, "paper"] },
      rows: rows + [["mean"] + means])
  }
}
