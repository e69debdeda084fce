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

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
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

bool is_loopback(const sockaddr *address) {
  if (address->sa_family == AF_INET)
    return ntohl(reinterpret_cast<const sockaddr_in *>(address)->sin_addr.s_addr) >> 24 == 127;
  return address->sa_family == AF_INET6 &&
         IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6 *>(address)->sin6_addr);
}

std::string text(const sockaddr *address) {
  const socklen_t length = address->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  char text[NI_MAXHOST];
  return getnameinfo(address, length, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0 ? text : "";
}

/// An address of this machine that others may reach; empty where it has none.
std::string address_for_others() {
  ifaddrs *found = nullptr;
  if (getifaddrs(&found) != 0) return "";
  std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> all(found, freeifaddrs);
  for (const ifaddrs *one = found; one; one = one->ifa_next) {
    const bool is_up = (one->ifa_flags & IFF_UP) && (one->ifa_flags & IFF_RUNNING);
    if (is_up && one->ifa_addr && one->ifa_addr->sa_family == AF_INET && !is_loopback(one->ifa_addr))
      return text(one->ifa_addr);
  }
  return "";
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
    if (!is_known) continue;
    const auto *address = reinterpret_cast<const sockaddr *>(&own);
    // Many machines call themselves by a name that leads to loopback, which others cannot reach.
    const std::string name = master;
    const bool is_meant = name == "localhost" || name == text(one->ai_addr);
    const std::string better = is_loopback(address) && !is_meant ? address_for_others() : "";
    return better.empty() ? text(address) : better;
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
