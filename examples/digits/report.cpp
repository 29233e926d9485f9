// SPDX-License-Identifier: BSL-1.0
#include "report.hpp"

#include "../common/table.hpp"
#include "draw.hpp"

#include <cleave/weights/pack.hpp>

#include <unistd.h>

#include <algorithm>
#include <iomanip>
#include <sstream>

namespace demo {
namespace {

std::string fixed(double value, int places) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(places) << value;
  return text.str();
}

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

std::string percent(std::size_t part, std::size_t whole, int places) {
  return fixed(100 * static_cast<double>(part) / static_cast<double>(std::max<std::size_t>(whole, 1)), places) + " %";
}

std::size_t count_right(const std::vector<answer>& answers, const std::vector<labelled_digit>& pictures) {
  std::size_t right = 0;
  for (std::size_t at = 0; at < answers.size(); ++at) right += digit_of(answers[at]) == pictures[at].label;
  return right;
}

std::size_t count(const std::vector<bool>& facts) {
  return static_cast<std::size_t>(std::count(facts.begin(), facts.end(), true));
}

std::string name_of(const cleave::node& node) {
  const std::string channels = std::to_string(node.out.channels);
  switch (node.what.kind) {
    case cleave::op::input: return "input";
    case cleave::op::conv2d: return "conv2d " + channels;
    case cleave::op::dense: return "dense " + channels;
    case cleave::op::relu: return "relu";
    case cleave::op::max_pool: return "max_pool";
    case cleave::op::softmax: return "softmax";
    default: return "layer";
  }
}

const cut_report* fastest_of(findings& found) {
  const auto slower = [](cut_report& one, cut_report& other) {
    return one.total.percentile(50) < other.total.percentile(50);
  };
  const auto at = std::min_element(found.cuts.begin(), found.cuts.end(), slower);
  return at == found.cuts.end() ? nullptr : &*at;
}

}  // namespace

std::string name_of_cut(std::size_t cut) {
  const cleave::node& node = digits.nodes[digits.end_of(cut) - 1];
  return node.what.name.empty() ? name_of(node) : std::string(node.what.name);
}

void print_beginning(std::ostream& out, const findings& found, const terminal& screen) {
  std::size_t parameters = 0;
  for (const cleave::node& node : digits.nodes) parameters += cleave::parameter_count(node);
  out << screen.bold("Handwritten digits, one network in two processes") << "\n\n"
      << "  network   " << digits.last << " layers, " << grouped(parameters) << " parameters, "
      << grouped(digits.multiply_adds()) << " multiply-adds\n"
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
      << "  pictures  " << found.pictures.size() << " that training never saw\n\n";
}

void print_digits(std::ostream& out, const findings& found, const terminal& screen) {
  if (found.cuts.empty()) return;
  const cut_report& shown = found.cuts[found.cuts.size() * 2 / 3];  // pool2 among all of them
  const std::vector<answer>& answers = shown.answers;
  const std::string where = "cut behind layer " + std::to_string(shown.cut) + ", " + name_of_cut(shown.cut);
  std::vector<captioned_digit> examples;
  for (int digit = 0; digit < 10; ++digit) {
    for (std::size_t at = 0; at < answers.size(); ++at) {
      if (found.pictures[at].label != digit || digit_of(answers[at]) != digit) continue;
      const float sure = answers[at][static_cast<std::size_t>(digit)];
      examples.push_back(
          {found.pictures[at].counts, screen.bold(std::to_string(digit)) + "  " + fixed(100 * sure, 0) + " %"});
      break;
    }
  }
  out << "Some answers (" << where << ")\n\n";
  print_gallery(out, examples, screen);

  std::vector<captioned_digit> wrong;
  for (std::size_t at = 0; at < answers.size(); ++at) {
    const int said = digit_of(answers[at]);
    if (said == found.pictures[at].label) continue;
    wrong.push_back({found.pictures[at].counts,
                     screen.red(std::to_string(said)) + ", is " + std::to_string(found.pictures[at].label)});
  }
  if (wrong.empty()) return;
  constexpr std::size_t most = 20;
  out << "Wrong answers: " << wrong.size() << " of " << answers.size();
  if (wrong.size() > most) out << ", the first " << most;
  wrong.resize(std::min(wrong.size(), most));
  out << " (what was said, what it is)\n\n";
  print_gallery(out, wrong, screen);
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
                                   name_of_cut(cut.cut),
                                   std::to_string(cut.cut),
                                   std::to_string(digits.last - cut.cut),
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
    cells.push_back(percent(count_right(cut.answers, found.pictures), found.pictures.size(), 2));
    const auto all = [&](std::size_t same) {
      const std::string text = std::to_string(same);
      return same == found.pictures.size() ? screen.green(text) : found.to.half_floats ? text : screen.red(text);
    };
    cells.push_back(all(cut.same_bits_here));
    cells.push_back(all(count(cut.same_bits)));
    lines.row(std::move(cells));
  }
  lines.print(out, screen.unicode);

  out << "\n  device: layers and frames in this process. server: its arithmetic, in whole" << us
      << ". wire: all between them.\n  p50 and p95 of "
      << grouped(found.pictures.size() * static_cast<std::size_t>(found.rounds))
      << " pictures a cut; total is the p50 from picture to answer.\n"
      << "  frames: request and answer as sent, with headers and checksums.\n"
      << "  The whole network in one piece takes " << fixed(found.whole_time.percentile(50), 1) << us << " here";
  if (fastest != nullptr && found.cuts.size() > 1) {
    out << "; on this link the fastest cut is " << fastest->cut << ", " << name_of_cut(fastest->cut);
  }
  out << ".\n\n";
}

bool print_verdict(std::ostream& out, const findings& found, const terminal& screen) {
  const std::size_t pictures = found.pictures.size();
  const std::size_t right = count_right(found.whole, found.pictures);
  std::size_t least_right = pictures;
  bool exact_here = true;
  bool exact = true;
  std::size_t same_digit = pictures;
  float difference = 0;
  for (const cut_report& cut : found.cuts) {
    least_right = std::min(least_right, count_right(cut.answers, found.pictures));
    exact_here = exact_here && cut.same_bits_here == pictures;
    exact = exact && count(cut.same_bits) == pictures;
    same_digit = std::min(same_digit, count(cut.same_digit));
    difference = std::max(difference, cut.largest_difference);
  }
  const bool good = exact_here && (exact || found.to.half_floats);
  const std::string cuts =
      found.cuts.size() == 1 ? "this cut" : "each of the " + std::to_string(found.cuts.size()) + " cuts";
  out << "  " << percent(right, pictures, 2) << " of the pictures are read right by the whole network, "
      << (least_right == right ? "the same" : "at least " + percent(least_right, pictures, 2)) << " at " << cuts
      << ".\n  ";
  if (!exact_here) {
    out << screen.red("The two halves in this process do not give the whole network's answers.");
  } else if (exact) {
    out << screen.green("Every answer is that of the whole network, bit for bit")
        << ", in this process and over the wire.";
  } else if (found.to.half_floats) {
    out << "In this process every answer is that of the whole network, bit for bit; with f16 on the wire\n  "
        << (same_digit == pictures ? "all"
                                   : "at least " + std::to_string(same_digit) + " of " + std::to_string(pictures))
        << " name the same digit, and no probability is off by more than " << std::setprecision(2) << difference << ".";
  } else {
    out << screen.red("Over the wire some answers are not those of the whole network.");
  }
  out << '\n';
  return good;
}

void print_picture(std::ostream& out, const std::string& name, const digit_counts& counts, const answer& probabilities,
                   const terminal& screen) {
  out << name << "\n\n";
  drawing lines = draw(counts, screen);
  lines.resize(10, std::string(width_of(lines.front()), ' '));
  const int best = digit_of(probabilities);
  for (int digit = 0; digit < 10; ++digit) {
    const float probability = probabilities[static_cast<std::size_t>(digit)];
    std::string bar;
    for (int cell = 0; cell < static_cast<int>(probability * 40 + 0.5f); ++cell) bar += screen.unicode ? "\u2588" : "#";
    std::ostringstream line;
    line << digit << std::setw(7) << fixed(100 * probability, 1) << " %  ";
    out << "  " << lines[static_cast<std::size_t>(digit)] << "    "
        << (digit == best ? screen.bold(line.str()) + screen.green(bar) : line.str() + bar) << '\n';
  }
  out << '\n';
}

void print_json(std::ostream& out, findings& found) {
  const auto times = [&](const char* name, samples& each) {
    out << ", \"" << name << "_us\": {\"p50\": " << fixed(each.percentile(50), 2)
        << ", \"p95\": " << fixed(each.percentile(95), 2) << '}';
  };
  out << "{\"pictures\": " << found.pictures.size() << ", \"rounds\": " << found.rounds << ", \"codec\": \""
      << (found.to.half_floats ? "f16" : "identity") << "\", \"right\": " << count_right(found.whole, found.pictures);
  times("whole", found.whole_time);
  out << ",\n \"cuts\": [";
  for (cut_report& cut : found.cuts) {
    out << (&cut == found.cuts.data() ? "\n" : ",\n") << "  {\"cut\": " << cut.cut << ", \"behind\": \""
        << name_of_cut(cut.cut) << "\", \"layers_here\": " << cut.cut << ", \"layers_there\": " << digits.last - cut.cut
        << ", \"tensor_bytes\": " << cut.tensor_bytes << ", \"sent_bytes\": " << cut.sent_bytes
        << ", \"received_bytes\": " << cut.received_bytes;
    times("device", cut.device);
    times("wire", cut.wire);
    times("server", cut.server);
    times("total", cut.total);
    out << ", \"right\": " << count_right(cut.answers, found.pictures) << ", \"same_bits_here\": " << cut.same_bits_here
        << ", \"same_bits\": " << count(cut.same_bits) << ", \"same_digit\": " << count(cut.same_digit)
        << ", \"largest_difference\": " << cut.largest_difference << '}';
  }
  out << "\n ]}\n";
}

}  // namespace demo
