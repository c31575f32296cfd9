#include <array>
#include <string>

#include "absl/strings/escaping.h"
#include "tfx/base/concat.h"
#include "tfx/base/digest.h"
#include "tfx/data_validation/display/display.h"
#include "tfx/data_validation/display/display_assets.h"

namespace tfx::tfdv {
namespace {

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '&':
        escaped += "&amp;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

// For script-src of a Content-Security-Policy.
std::string ScriptHash(std::string_view script) {
  const std::array<uint8_t, 32> digest = Sha256().Update(script).Digest();
  return absl::Base64Escape(std::string(digest.begin(), digest.end()));
}

constexpr std::string_view kMountPage = R"js(
globalThis.statisticsHandle = TfxStatistics.mount(document.getElementById("statistics"),
    JSON.parse(document.getElementById("model").textContent), {page: true});
)js";

}  // namespace

std::string_view StatisticsScript() { return kStatisticsScript; }

std::string RenderHtml(const DisplayModel& model) {
  const std::string script = Concat(kStatisticsScript, kMountPage);
  return Concat(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      // No request, no script but this one; styles are set through the object model only.
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-",
      ScriptHash(script),
      "'; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
      EscapeHtml(model.title),
      "</title>\n</head>\n<body>\n<noscript>This page draws its charts with JavaScript; the data stand in the "
      "element &quot;model&quot; as JSON.</noscript>\n<div id=\"statistics\"></div>\n"
      "<script type=\"application/json\" id=\"model\">",
      DisplayModelJson(model), "</script>\n<script>", script, "</script>\n</body>\n</html>\n");
}

std::string RenderFragment(const DisplayModel& model) {
  const std::string json = DisplayModelJson(model);
  // Found by what it shows, not by document.currentScript, which notebooks do not set.
  const std::string id = Sha256Hex(json).substr(0, 16);
  return Concat("<div data-tfx-statistics=\"", id, "\"><script type=\"application/json\">", json,
                "</script></div>\n<script>", kStatisticsScript, "\nTfxStatistics.mountAll(\"", id, "\");</script>\n");
}

}  // namespace tfx::tfdv
