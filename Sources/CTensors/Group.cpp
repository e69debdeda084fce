// Processes that compute together: the groups of c10d, which libtorch carries.
//
// Its wheel has the library of Gloo, and not the headers that its own headers want: they come from
// the system where they are, and otherwise there are no groups.
#if __has_include(<gloo/algorithm.h>)
#define HAS_GROUPS 1
#define USE_DISTRIBUTED 1
#define USE_C10D_GLOO 1
#endif
// Only a libtorch that was built for cards has the last of these.
#if HAS_GROUPS && __has_include(<nccl.h>) && __has_include(<cuda_runtime_api.h>) && \
    __has_include(<c10/cuda/impl/cuda_cmake_macros.h>)
#define HAS_NCCL 1
#define USE_C10D_NCCL 1
#endif

#include "Native.hpp"

#if HAS_GROUPS

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>

#include <c10/util/Logging.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#if HAS_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

struct CTGroup {
  c10::intrusive_ptr<c10d::Backend> backend;
  /// Where tensors are when they are added up: on the card, or in the processor's memory.
  at::Device where;
};

namespace {

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}

/// The address of this machine from which the way to the master leaves: that of an interface which
/// the others can reach. The name of the machine often leads to loopback.
std::string address_toward(const char *master, int port,
                           std::chrono::steady_clock::time_point deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo *found = nullptr;
  int status = 0;
  // A master that is not started yet may have no name yet.
  while ((status = getaddrinfo(master, std::to_string(port).c_str(), &hints, &found)) != 0 &&
         std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  TORCH_CHECK(status == 0, master, ": ", gai_strerror(status));
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> all(found, freeaddrinfo);
  for (addrinfo *one = found; one; one = one->ai_next) {
    const int handle = socket(one->ai_family, SOCK_DGRAM, 0);
    if (handle < 0) continue;
    sockaddr_storage own{};
    socklen_t length = sizeof own;
    // Nothing is sent: the system only chooses the way.
    const bool is_known = connect(handle, one->ai_addr, one->ai_addrlen) == 0 &&
                          getsockname(handle, reinterpret_cast<sockaddr *>(&own), &length) == 0;
    close(handle);
    char text[NI_MAXHOST];
    if (is_known && getnameinfo(reinterpret_cast<sockaddr *>(&own), length, text, sizeof text,
                                nullptr, 0, NI_NUMERICHOST) == 0)
      return text;
  }
  TORCH_CHECK(false, "no network leads to ", master);
}

c10::intrusive_ptr<c10d::Store> meeting_point(const CTRendezvous &place) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<uint16_t>(place.port);
  options.isServer = place.rank == 0 && !place.has_store;
  if (!place.has_store) options.numWorkers = static_cast<size_t>(place.count);
  options.timeout = milliseconds(place.seconds);
  auto store = c10::make_intrusive<c10d::TCPStore>(place.master, options);
  store->setTimeout(options.timeout);
  return c10::make_intrusive<c10d::PrefixStore>(place.prefix, store);
}

c10::intrusive_ptr<c10d::Backend> on_processors(const CTRendezvous &place) {
  auto options = c10d::ProcessGroupGloo::Options::create(milliseconds(place.seconds));
  const char *interface = std::getenv("GLOO_SOCKET_IFNAME");
  options->devices.push_back(
      interface && *interface
          ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
          : c10d::ProcessGroupGloo::createDeviceForHostname(
                address_toward(place.master, place.port,
                               std::chrono::steady_clock::now() + milliseconds(place.seconds))));
  return c10::make_intrusive<c10d::ProcessGroupGloo>(meeting_point(place), place.rank, place.count,
                                                     options);
}

#if HAS_NCCL
c10::intrusive_ptr<c10d::Backend> on_cards(const CTRendezvous &place) {
  // Otherwise a worker that is lost ends the process of the others from another thread.
  setenv("TORCH_NCCL_BLOCKING_WAIT", "1", 0);
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = milliseconds(place.seconds);
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(meeting_point(place), place.rank, place.count,
                                                     options);
}
#endif

/// Runs one operation of all workers on a tensor, whose values it changes.
template <typename Operation>
int together(CTGroup *group, CTTensor *tensor, Operation operation) {
  return guarded([&] {
    at::NoGradGuard off;
    at::Tensor own = tensor->value.to(group->where).contiguous();
    std::vector<at::Tensor> tensors{own};
    operation(*group->backend, tensors)->wait();
    if (!own.is_same(tensor->value)) tensor->value.copy_(own);
  });
}

} // namespace

bool ct_has_groups(void) { return true; }

int ct_group_open(const CTRendezvous *place, CTDevice device, CTGroup **out) {
  return guarded([&] {
    TORCH_CHECK(place->count >= 1 && place->rank >= 0 && place->rank < place->count,
                "rank ", place->rank, " of ", place->count);
    TORCH_CHECK(place->port >= 1 && place->port <= 65535, "port ", place->port);
    // It warns of names of hosts that it does not need; what goes wrong comes back as an error.
    setenv("TORCH_CPP_LOG_LEVEL", "ERROR", 0);
    c10::initLogging();
    TORCH_CHECK(place->seconds > 0 && place->seconds <= 1e6, place->seconds, " seconds");
#if HAS_NCCL
    if (device.kind == CTCUDA) {
      const at::Device card(at::kCUDA, static_cast<at::DeviceIndex>(device.index));
      *out = new CTGroup{on_cards(*place), card};
      return;
    }
#endif
    (void)device;
    *out = new CTGroup{on_processors(*place), at::kCPU};
  });
}

int ct_group_sum(CTGroup *group, CTTensor *tensor) {
  return together(group, tensor, [](c10d::Backend &backend, std::vector<at::Tensor> &tensors) {
    return backend.allreduce(tensors);
  });
}

int ct_group_broadcast(CTGroup *group, CTTensor *tensor) {
  return together(group, tensor, [](c10d::Backend &backend, std::vector<at::Tensor> &tensors) {
    return backend.broadcast(tensors);
  });
}

void ct_group_close(CTGroup *group) { delete group; }

#else

bool ct_has_groups(void) { return false; }

int ct_group_open(const CTRendezvous *, CTDevice, CTGroup **) {
  return guarded([] { TORCH_CHECK(false, "built without groups of processes"); });
}
int ct_group_sum(CTGroup *, CTTensor *) { return 1; }
int ct_group_broadcast(CTGroup *, CTTensor *) { return 1; }
void ct_group_close(CTGroup *) {}

#endif
