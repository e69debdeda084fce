import CStudents
import Images
import UninformedStudents

/// A verdict as C sees it, in one block of memory: the result, its regions, its map, its text.
func makeResult(
  _ verdict: Verdict, _ options: InspectOptions
) throws -> UnsafeMutablePointer<students_result> {
  let regions = options.wantsRegions ? verdict.regions.map(students_region.init) : []
  let scores = try options.map.map { try verdict.scores($0) } ?? []
  let unlike = Array(verdict.unlike.joined(separator: "\n").utf8CString)
  let regionsAt = MemoryLayout<students_result>.stride
  let scoresAt = regionsAt + regions.count * MemoryLayout<students_region>.stride
  let textAt = scoresAt + scores.count * MemoryLayout<Float>.stride
  let block = UnsafeMutableRawPointer.allocate(
    byteCount: textAt + unlike.count, alignment: MemoryLayout<students_result>.alignment)
  let result = block.bindMemory(to: students_result.self, capacity: 1)
  result.initialize(to: students_result(verdict))
  (block + regionsAt).copyElements(of: regions)
  (block + scoresAt).copyElements(of: scores)
  (block + textAt).copyElements(of: unlike)
  result.pointee.region_count = Int32(clamping: regions.count)
  if !regions.isEmpty {
    result.pointee.regions = UnsafePointer(
      (block + regionsAt).assumingMemoryBound(to: students_region.self))
  }
  result.pointee.unlike = UnsafePointer((block + textAt).assumingMemoryBound(to: CChar.self))
  if let size = options.map {
    let placement = verdict.placement
    let isModel = size == .model
    result.pointee.map = UnsafePointer((block + scoresAt).assumingMemoryBound(to: Float.self))
    result.pointee.map_height = Int32(
      clamping: isModel ? verdict.map.height : placement.imageHeight)
    result.pointee.map_width = Int32(clamping: isModel ? verdict.map.width : placement.imageWidth)
    result.pointee.map_part = students_rectangle(isModel ? placement.content : placement.part)
  }
  return result
}

extension UnsafeMutableRawPointer {
  fileprivate func copyElements<Element: BitwiseCopyable>(of elements: [Element]) {
    elements.withUnsafeBytes { bytes in
      UnsafeMutableRawBufferPointer(start: self, count: bytes.count).copyMemory(from: bytes)
    }
  }
}

extension students_result {
  /// All but what lies in memory of its own.
  fileprivate init(_ verdict: Verdict) {
    self.init()
    is_anomalous = verdict.isAnomalous ? 1 : 0
    score = verdict.score
    threshold = verdict.threshold.score
    level = verdict.level
    p_value = verdict.pValue
    false_alarms = verdict.threshold.falseAlarms
    ignored = verdict.ignoredShare ?? 0
    width = Int32(clamping: verdict.placement.imageWidth)
    height = Int32(clamping: verdict.placement.imageHeight)
    looked_at = students_rectangle(verdict.placement.part)
  }
}

extension students_region {
  fileprivate init(_ region: AnomalousRegion) {
    self.init(
      x: Int32(clamping: region.x), y: Int32(clamping: region.y),
      width: Int32(clamping: region.width), height: Int32(clamping: region.height),
      area: Int64(region.area), peak: region.peak, peak_x: Int32(clamping: region.peakX),
      peak_y: Int32(clamping: region.peakY), reserved: 0)
  }
}

extension students_rectangle {
  fileprivate init(_ part: Rectangle) {
    self.init(
      x: Int32(clamping: part.x), y: Int32(clamping: part.y), width: Int32(clamping: part.width),
      height: Int32(clamping: part.height))
  }
}
