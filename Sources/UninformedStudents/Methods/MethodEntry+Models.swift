import AnomalyDetection

// What the entries of one kind of model have in common.
extension MethodEntry {
  /// The entry of a model of descriptors.
  ///
  /// `options` are those that `change` sets, besides those of all such models; `oneClass` says where the
  /// method stands in the one-class tables, and with what settings.
  static func ofDescriptors<Model: DescriptorModel>(
    _: Model.Type, _ summary: String, options: Set<MethodOption>, isInMVTecTable: Bool = true,
    oneClass: (place: Int, settings: Model.Settings)? = nil,
    _ change: @escaping @Sendable (inout DescriptorMethod<Model>, MethodOptions) -> Void
  ) -> MethodEntry {
    MethodEntry(
      summary, receptiveFields: DescriptorMethod<Model>().receptiveFields,
      options: options.union([.scales, .padding, .density]), isInMVTecTable: isInMVTecTable,
      oneClass: oneClass.map { place, settings in
        OneClassColumn(place: place) { try await $0.scores(Model.self, settings, $1) }
      }
    ) { options in
      var method = DescriptorMethod<Model>()
      method.receptiveField = options.scales?.first ?? method.receptiveField
      method.padding = options.padding ?? method.padding
      method.density = options.density ?? method.density
      change(&method, options)
      return method
    }
  }

  /// The entry of a model of crops.
  ///
  /// `options` are those that `change` sets, besides those of all such models.
  static func ofCrops<Model: CropModel>(
    _: Model.Type, _ summary: String, options: Set<MethodOption> = [],
    isInMVTecTable: Bool = true, oneClass: OneClassColumn? = nil,
    _ change: @escaping @Sendable (inout CropMethod<Model>, MethodOptions) -> Void = { _, _ in }
  ) -> MethodEntry {
    MethodEntry(
      summary, options: options.union([.kind, .mirror, .recipe, .epochs, .learningRate]),
      isInMVTecTable: isInMVTecTable, oneClass: oneClass
    ) { options in
      var method = CropMethod<Model>(options.kind ?? .object, recipe: options.recipe ?? .fast)
      method.augmentation.mirrors = options.mirror ?? method.augmentation.mirrors
      if let epochs = options.epochs {
        method.model.steps = max(1, epochs * method.crops / method.model.batch)
      }
      method.model.adam.learningRate = options.learningRate ?? method.model.adam.learningRate
      change(&method, options)
      return method
    }
  }
}
