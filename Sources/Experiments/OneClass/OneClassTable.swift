import UninformedStudents

extension OneClassResults {
  /// Results class by class and method by method, the paper's beside ours.
  ///
  /// Behind the students' score stand the two that it is made of.
  public var table: ResultTable {
    let methods = MethodEntry.oneClass.filter { method in cells.contains { $0.method == method } }
    let names = configuration.dataset.classes.filter { name in
      cells.contains { $0.name == name }
    }
    return ResultTable("class", names, digits: 4, methods.flatMap(columns(of:)))
  }

  private func columns(of method: MethodEntry) -> [FigureColumn] {
    var columns = [
      FigureColumn(title: method.name) { cell(method, $0)?.rocAUC },
      FigureColumn(title: "paper") {
        PaperOneClass.rocAUC(configuration.dataset, method, $0, losses: configuration.losses)
      },
    ]
    if cells.contains(where: { $0.method == method && $0.errorROCAUC != nil }) {
      columns += [
        FigureColumn(title: "error alone") { cell(method, $0)?.errorROCAUC },
        FigureColumn(title: "uncertainty alone") { cell(method, $0)?.uncertaintyROCAUC },
      ]
    }
    return columns
  }
}
