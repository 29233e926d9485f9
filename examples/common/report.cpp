// SPDX-License-Identifier: BSL-1.0
#include "report.hpp"

#include "table.hpp"

#include <unistd.h>

#include <algorithm>
#include <iomanip>
#include <sstream>

namespace demo {
namespace {

/// 11578 as 11,578.
std::string grouped(std::size_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return text;
}

/// Microseconds with as many digits as mean something.
std::string short_time(double microseconds, int places) {
  return microseconds < 1000 ? fixed(microseconds, places) : grouped(static_cast<std::size_t>(microseconds + 0.5));
}

std::size_t count_right(const std::vector<numbers>& answers, const std::vector<int>& labels) {
  std::size_t right = 0;
  for (std::size_t at = 0; at < answers.size(); ++at) right += best_of(answers[at]) == labels[at];
  return right;
}

std::size_t count(const std::vector<bool>& facts) {
  return static_cast<std::size_t>(std::count(facts.begin(), facts.end(), true));
}

const cut_report* fastest_of(findings& found) {
  const auto slower = [](cut_report& one, cut_report& other) {
    return one.total.percentile(50) < other.total.percentile(50);
  };
  const auto at = std::min_element(found.cuts.begin(), found.cuts.end(), slower);
  return at == found.cuts.end() ? nullptr : &*at;
}

}  // namespace

std::string fixed(double value, int places) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(places) << value;
  return text.str();
}

std::string percent(std::size_t part, std::size_t whole, int places) {
  return fixed(100 * static_cast<double>(part) / static_cast<double>(std::max<std::size_t>(whole, 1)), places) + " %";
}

void print_beginning(std::ostream& out, const findings& found, const terminal& screen) {
  out << screen.bold(found.words.title + ", one network in two processes") << "\n\n"
      << "  network   " << found.graph.last << " layers, " << grouped(found.graph.parameters) << " parameters, "
      << grouped(found.graph.multiply_adds) << " multiply-adds\n"
      << "  device    this process, " << getpid() << "\n"
      << "  server    ";
  if (found.server_process != 0) out << "process " << found.server_process << ", ";
  out << found.to.host << " port " << found.to.port << "; serves every cut\n"
      << "  link      TCP";
  const cleave::link_profile& profile = found.to.profile;
  if (profile.bytes_per_second != 0) out << ", slowed down to " << grouped(profile.bytes_per_second) << " bytes/s";
  if (profile.latency_microseconds != 0) {
    out << ", " << grouped(profile.latency_microseconds) << " us later each way";
  }
  out << "; codec " << (found.to.half_floats ? "f16" : "identity") << "\n"
      << "  " << found.words.things << std::string(10 - found.words.things.size(), ' ') << found.inputs.size() << ' '
      << found.words.source << "\n\n";
}

void print_table(std::ostream& out, findings& found, const terminal& screen) {
  const std::string us = screen.unicode ? " \u00b5s" : " us";
  table lines;
  using align = table::align;
  lines.column("", align::right, "cut");
  lines.column("behind", align::left, "cut");
  lines.column("here", align::right, "layers");
  lines.column("there", align::right, "layers");
  lines.column("tensors", align::right, "bytes");
  lines.column("frames", align::right, "bytes");
  for (const std::string group : {"device", "wire", "server"}) {
    lines.column("p50", align::right, group + us);
    lines.column("p95", align::right, group + us);
  }
  lines.column("total");
  lines.column("right");
  lines.column("here", align::right, "same bits");
  lines.column("wire", align::right, "same bits");

  const cut_report* fastest = fastest_of(found);
  for (cut_report& cut : found.cuts) {
    const bool sent = cut.sent_bytes != 0;
    std::vector<std::string> cells{std::to_string(cut.cut),
                                   found.graph.cuts[cut.cut],
                                   std::to_string(cut.cut),
                                   std::to_string(found.graph.last - cut.cut),
                                   sent ? grouped(cut.tensor_bytes) : "-",
                                   sent ? grouped(cut.sent_bytes + cut.received_bytes) : "-"};
    for (samples* each : {&cut.device, &cut.wire, &cut.server}) {
      const int places = each == &cut.server ? 0 : 1;
      for (const double p : {50.0, 95.0}) {
        cells.push_back(sent || each == &cut.device ? short_time(each->percentile(p), places) : "-");
      }
    }
    const std::string total = short_time(cut.total.percentile(50), 1);
    cells.push_back(&cut == fastest && found.cuts.size() > 1 ? screen.bold(total) : total);
    cells.push_back(percent(count_right(cut.answers, found.labels), found.inputs.size(), 2));
    const auto all = [&](std::size_t same) {
      const std::string text = std::to_string(same);
      return same == found.inputs.size() ? screen.green(text) : found.to.half_floats ? text : screen.red(text);
    };
    cells.push_back(all(cut.same_bits_here));
    cells.push_back(all(count(cut.same_bits)));
    lines.row(std::move(cells));
  }
  lines.print(out, screen.unicode);

  out << "\n  device: layers and frames in this process. server: its arithmetic, in whole" << us
      << ". wire: all between them.\n  p50 and p95 of "
      << grouped(found.inputs.size() * static_cast<std::size_t>(found.rounds)) << ' ' << found.words.things
      << " a cut; total is the p50 from " << found.words.thing << " to answer.\n"
      << "  frames: request and answer as sent, with headers and checksums.\n"
      << "  The whole network in one piece takes " << fixed(found.whole_time.percentile(50), 1) << us << " here";
  if (fastest != nullptr && found.cuts.size() > 1) {
    out << "; on this link the fastest cut is " << fastest->cut << ", " << found.graph.cuts[fastest->cut];
  }
  out << ".\n\n";
}

bool print_verdict(std::ostream& out, const findings& found, const terminal& screen) {
  const std::size_t all = found.inputs.size();
  const std::size_t right = count_right(found.whole, found.labels);
  std::size_t least_right = all;
  bool exact_here = true;
  bool exact = true;
  std::size_t same_best = all;
  float difference = 0;
  for (const cut_report& cut : found.cuts) {
    least_right = std::min(least_right, count_right(cut.answers, found.labels));
    exact_here = exact_here && cut.same_bits_here == all;
    exact = exact && count(cut.same_bits) == all;
    same_best = std::min(same_best, count(cut.same_best));
    difference = std::max(difference, cut.largest_difference);
  }
  const bool good = exact_here && (exact || found.to.half_floats);
  const std::string cuts =
      found.cuts.size() == 1 ? "this cut" : "each of the " + std::to_string(found.cuts.size()) + " cuts";
  out << "  " << percent(right, all, 2) << " of the " << found.words.things << " are " << found.words.named
      << " right by the whole network, "
      << (least_right == right ? "the same" : "at least " + percent(least_right, all, 2)) << " at " << cuts << ".\n  ";
  if (!exact_here) {
    out << screen.red("The two halves in this process do not give the whole network's answers.");
  } else if (exact) {
    out << screen.green("Every answer is that of the whole network, bit for bit")
        << ", in this process and over the wire.";
  } else if (found.to.half_floats) {
    out << "In this process every answer is that of the whole network, bit for bit; with f16 on the wire\n  "
        << (same_best == all ? "all" : "at least " + std::to_string(same_best) + " of " + std::to_string(all))
        << " name the same " << found.words.answer << ", and no probability is off by more than "
        << std::setprecision(2) << difference << ".";
  } else {
    out << screen.red("Over the wire some answers are not those of the whole network.");
  }
  out << '\n';
  return good;
}

void print_json(std::ostream& out, findings& found) {
  const auto times = [&](const char* name, samples& each) {
    out << ", \"" << name << "_us\": {\"p50\": " << fixed(each.percentile(50), 2)
        << ", \"p95\": " << fixed(each.percentile(95), 2) << '}';
  };
  out << "{\"" << found.words.things << "\": " << found.inputs.size() << ", \"rounds\": " << found.rounds
      << ", \"codec\": \"" << (found.to.half_floats ? "f16" : "identity")
      << "\", \"right\": " << count_right(found.whole, found.labels);
  times("whole", found.whole_time);
  out << ",\n \"cuts\": [";
  for (cut_report& cut : found.cuts) {
    out << (&cut == found.cuts.data() ? "\n" : ",\n") << "  {\"cut\": " << cut.cut << ", \"behind\": \""
        << found.graph.cuts[cut.cut] << "\", \"layers_here\": " << cut.cut
        << ", \"layers_there\": " << found.graph.last - cut.cut << ", \"tensor_bytes\": " << cut.tensor_bytes
        << ", \"sent_bytes\": " << cut.sent_bytes << ", \"received_bytes\": " << cut.received_bytes;
    times("device", cut.device);
    times("wire", cut.wire);
    times("server", cut.server);
    times("total", cut.total);
    out << ", \"right\": " << count_right(cut.answers, found.labels) << ", \"same_bits_here\": " << cut.same_bits_here
        << ", \"same_bits\": " << count(cut.same_bits) << ", \"same_" << found.words.answer
        << "\": " << count(cut.same_best) << ", \"largest_difference\": " << cut.largest_difference << '}';
  }
  out << "\n ]}\n";
}

}  // namespace demo
