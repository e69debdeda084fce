/// The mean, added up one by one.
public func slowMean(_ values: [Double]) -> Double {
  var sum = 0.0
  for value in values { sum += value }
  return sum / Double(values.count)
}

/// The standard deviation over the population, in two passes.
public func slowDeviation(_ values: [Double]) -> Double {
  let mean = slowMean(values)
  var squares = 0.0
  for value in values { squares += (value - mean) * (value - mean) }
  return (squares / Double(values.count)).squareRoot()
}
