// Plays a list of flows through SimGrid's max-min model and prints one JSON object: makespan, mean
// completion, CPU seconds of the simulation alone (the platform is built before the clock starts).
//
//   simgrid leaf-spine HOSTS LIST.csv [--cfg=…]
//   simgrid incast CLIENTS SERVERS LIST.csv [--cfg=…]
//
// The networks are those of scenarios/flows: every direction of a cable is a link of its own, no
// latency, TCP windows and cross traffic off. An actor a slot runs its flows one after another.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <map>
#include <simgrid/s4u.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace sg = simgrid::s4u;

namespace {
constexpr double CABLE = 12.5e9; // bytes per second: 100 Gb/s
constexpr int PER_LEAF = 32;
constexpr int SPINES = 16;

struct Flow {
  int src;
  int dst;
  uint64_t bytes;
  long order;
};

std::map<long, std::vector<Flow>> read(const char* path)
{
  std::map<long, std::vector<Flow>> slots;
  std::ifstream file(path);
  if (not file) {
    std::fprintf(stderr, "cannot read %s\n", path);
    std::exit(2);
  }
  std::string line;
  while (std::getline(file, line)) {
    Flow flow{};
    unsigned long long bytes = 0;
    long slot = 0;
    // The header and comments do not scan.
    if (std::sscanf(line.c_str(), "%d,%d,%llu,%ld,%ld", &flow.src, &flow.dst, &bytes, &slot,
                    &flow.order) == 5) {
      flow.bytes = bytes;
      slots[slot].push_back(flow);
    }
  }
  for (auto& [slot, flows] : slots)
    std::sort(flows.begin(), flows.end(),
              [](const Flow& a, const Flow& b) { return a.order < b.order; });
  return slots;
}

// The links and hosts of one shape; `path` names what a flow crosses.
struct Network {
  sg::NetZone* zone = sg::create_full_zone("net");
  std::vector<sg::Host*> senders;
  std::vector<sg::Host*> receivers;
  std::vector<sg::Link*> up;
  std::vector<sg::Link*> down;
  std::vector<std::vector<sg::Link*>> rise; // [leaf][spine]
  std::vector<std::vector<sg::Link*>> fall;

  sg::Link* link(const std::string& name, double rate)
  {
    return zone->create_link(name, rate)->set_latency(0)->seal();
  }

  void leaf_spine(int hosts)
  {
    for (int h = 0; h < hosts; h++) {
      senders.push_back(zone->create_host("host-" + std::to_string(h), 1e9)->seal());
      up.push_back(link("up-" + std::to_string(h), CABLE));
      down.push_back(link("down-" + std::to_string(h), CABLE));
    }
    receivers = senders;
    for (int l = 0; l < hosts / PER_LEAF; l++) {
      rise.emplace_back();
      fall.emplace_back();
      for (int s = 0; s < SPINES; s++) {
        const std::string name = std::to_string(l) + "-" + std::to_string(s);
        rise[l].push_back(link("rise-" + name, CABLE));
        fall[l].push_back(link("fall-" + name, CABLE));
      }
    }
  }

  void incast(int clients, int servers)
  {
    for (int s = 0; s < servers; s++) {
      senders.push_back(zone->create_host("server-" + std::to_string(s), 1e9)->seal());
      up.push_back(link("up-" + std::to_string(s), 2 * CABLE));
    }
    for (int c = 0; c < clients; c++) {
      receivers.push_back(zone->create_host("client-" + std::to_string(c), 1e9)->seal());
      down.push_back(link("down-" + std::to_string(c), CABLE));
    }
  }

  std::vector<const sg::Link*> path(const Flow& flow) const
  {
    if (rise.empty() || flow.src / PER_LEAF == flow.dst / PER_LEAF)
      return {up[flow.src], down[flow.dst]};
    const int spine = flow.dst % SPINES;
    return {up[flow.src], rise[flow.src / PER_LEAF][spine], fall[flow.dst / PER_LEAF][spine],
            down[flow.dst]};
  }
};

double cpu_s()
{
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}
} // namespace

int main(int argc, char** argv)
{
  sg::Engine engine(&argc, argv); // takes --cfg out of argv
  sg::Engine::set_config("network/model:CM02");
  sg::Engine::set_config("network/crosstraffic:0");
  sg::Engine::set_config("contexts/stack-size:64");
  Network net;
  if (argc == 4 && std::strcmp(argv[1], "leaf-spine") == 0) {
    net.leaf_spine(std::atoi(argv[2]));
  } else if (argc == 5 && std::strcmp(argv[1], "incast") == 0) {
    net.incast(std::atoi(argv[2]), std::atoi(argv[3]));
  } else {
    std::fprintf(stderr, "usage: leaf-spine HOSTS LIST | incast CLIENTS SERVERS LIST\n");
    return 2;
  }
  const auto slots = read(argv[argc - 1]);
  std::map<std::pair<int, int>, bool> laid;
  double sum = 0.0;
  double makespan = 0.0;
  size_t flows = 0;
  for (const auto& [slot, list] : slots) {
    flows += list.size();
    for (const Flow& flow : list) {
      if (not laid.emplace(std::make_pair(flow.src, flow.dst), true).second)
        continue;
      std::vector<sg::LinkInRoute> way;
      for (const sg::Link* link : net.path(flow))
        way.emplace_back(link);
      net.zone->add_route(net.senders[flow.src]->get_netpoint(),
                          net.receivers[flow.dst]->get_netpoint(), nullptr, nullptr, way, false);
    }
    sg::Actor::create("slot", net.senders[list[0].src], [&net, &list, &sum, &makespan] {
      for (const Flow& flow : list) {
        const double began = sg::Engine::get_clock();
        sg::Comm::sendto(net.senders[flow.src], net.receivers[flow.dst], flow.bytes);
        sum += sg::Engine::get_clock() - began;
      }
      makespan = std::max(makespan, sg::Engine::get_clock());
    });
  }
  net.zone->seal();
  const double before = cpu_s();
  engine.run();
  const double took = cpu_s() - before;
  std::printf("{\"flows\": %zu, \"makespan_s\": %.12g, \"mean_completion_s\": %.12g, "
              "\"cpu_s\": %.9g}\n",
              flows, makespan, sum / static_cast<double>(flows), took);
  return 0;
}
