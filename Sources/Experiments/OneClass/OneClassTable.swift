import UninformedStudents

extension OneClassResults {
  /// The one table that there is.
  public var tables: [ResultTable] { [table] }

  /// Results method by method and class by class, as the paper prints them: the losses of the students'
  /// teacher ticked, the paper's figures under ours.
  ///
  /// Under the students' score stand the two that it is made of.
  public var table: ResultTable {
    let names = configuration.dataset.classes.filter { name in
      cells.contains { $0.name == name }
    }
    let losses = OneClassTeacher.paperLosses.filter { losses in
      cells.contains { $0.losses == losses }
    }
    let rows = MethodEntry.oneClass.filter { method in cells.contains { $0.method == method } }
      .flatMap { method in
        method.hasStudents
          ? losses.map { Row(method: method, losses: $0) } : [Row(method: method)]
      }
    return ResultTable(
      header: ["method", "k", "m", "c"] + names + ["mean"],
      rows: rows.flatMap { lines(of: $0, names) })
  }

  /// Our figures, the paper's, and those that ours are made of.
  private func lines(of row: Row, _ names: [String]) -> [[String]] {
    let ticks = ["k", "m", "c"].map { loss in
      row.losses?.split(separator: ",").contains { $0 == loss } == true ? "✓" : ""
    }
    let line = { (title: [String], figure: (String) -> Double?) in
      title + ResultTable.texts(names.map(figure), digits: 4)
    }
    var lines = [
      line([row.method.name] + ticks) { cell(row, $0)?.rocAUC },
      line(["paper", "", "", ""]) {
        PaperOneClass.rocAUC(configuration.dataset, row.method, $0, losses: row.losses)
      },
    ]
    if cells.contains(where: { $0.row == row && $0.errorROCAUC != nil }) {
      lines += [
        line(["error alone", "", "", ""]) { cell(row, $0)?.errorROCAUC },
        line(["uncertainty alone", "", "", ""]) { cell(row, $0)?.uncertaintyROCAUC },
      ]
    }
    return lines
  }
}
