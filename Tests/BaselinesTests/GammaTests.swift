@testable import Baselines
import Foundation
import Tensors
import Testing

@Suite struct `The width of a one-class SVM's kernel` {
  @Test func `follows scikit-learn's rules`() throws {
    // The variance of 1, 2, 3, 4 is 5/4.
    let vectors = try Tensor(shape: [2, 2], doubles: [1, 2, 3, 4])
    #expect(try OneClassSVM.Gamma.auto.value(for: vectors) == 0.5)
    #expect(try abs(OneClassSVM.Gamma.scale.value(for: vectors) - 0.4) < 1e-12)
    #expect(try OneClassSVM.Gamma.number(3).value(for: vectors) == 3)
  }

  @Test(arguments: ["auto", "scale", "0.25"])
  func `is written as it is read`(text: String) throws {
    let gamma = try #require(OneClassSVM.Gamma(text))
    #expect(gamma.description == text)
    let file = try JSONEncoder().encode([gamma])
    #expect(try JSONDecoder().decode([OneClassSVM.Gamma].self, from: file) == [gamma])
  }

  @Test(arguments: ["0", "-1", "inf", "nan", "wide", ""])
  func `is refused where it makes no kernel`(text: String) {
    #expect(OneClassSVM.Gamma(text) == nil)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([OneClassSVM.Gamma].self, from: Data("[\"\(text)\"]".utf8))
    }
  }
}
