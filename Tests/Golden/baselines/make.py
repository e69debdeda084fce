"""What scikit-learn says of small data: 1-NN, k-means, one-class SVM, principal components."""

import json
import pathlib

import numpy
import sklearn
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors
from sklearn.svm import OneClassSVM

seed = 1
random = numpy.random.default_rng(seed)
centers = random.normal(size=(4, 6)) * 4 + 3
train = numpy.concatenate([c + random.normal(size=(20, 6)) for c in centers]).round(4)
queries = (random.normal(size=(15, 6)) * 4 + 3).round(4)
spread = (random.normal(size=(50, 6)) * [5, 3, 2, 1, 0.5, 0.1] + 10).round(4)

neighbors = NearestNeighbors(n_neighbors=1).fit(train)
clusters = KMeans(4, n_init=20, random_state=seed).fit(train)
machines = [
    dict(nu=nu, gamma=gamma, decisions=OneClassSVM(nu=nu, gamma=gamma or "scale").fit(train)
         .decision_function(queries).tolist())
    for nu, gamma in [(0.5, None), (0.1, None), (0.3, 0.05)]
]
components = [
    dict(share=share, kept=int(pca.n_components_), projected=numpy.abs(pca.transform(spread)).tolist())
    for share in [0.5, 0.95, 0.999]
    for pca in [PCA(n_components=share, svd_solver="full").fit(spread)]
]
values = dict(
    versions=dict(numpy=numpy.__version__, sklearn=sklearn.__version__), seed=seed,
    train=train.tolist(), queries=queries.tolist(), spread=spread.tolist(),
    distances=neighbors.kneighbors(queries)[0][:, 0].tolist(), inertia=float(clusters.inertia_),
    clusterDistances=clusters.transform(queries).min(1).tolist(), machines=machines,
    components=components)
(pathlib.Path(__file__).parent / "values.json").write_text(json.dumps(values))
