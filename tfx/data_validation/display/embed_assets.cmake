# cmake -DOUTPUT=FILE.cc -DSCRIPTS=a.js;b.js -DSTYLE=a.css -P embed_assets.cmake
#
# One script in one scope: the style as a constant, then the sources in order. It must hold neither the end of a script
# element nor the end of the raw text below.
file(READ ${STYLE} style)
string(REGEX REPLACE "/\\*[^*]*\\*+([^/*][^*]*\\*+)*/" "" style "${style}")
string(REGEX REPLACE "\n[ \t\n]*" "\n" style "${style}")
set(script "(function () {\n\"use strict\";\nconst STYLE = `${style}`;\n")
foreach(file ${SCRIPTS})
  file(READ ${file} text)
  string(APPEND script "${text}")
endforeach()
string(APPEND script "})();\n")
foreach(forbidden "</script" "<!--" ")asset\"")
  string(FIND "${script}" "${forbidden}" found)
  if(NOT found EQUAL -1)
    message(FATAL_ERROR "the assets must not hold ${forbidden}")
  endif()
endforeach()
file(WRITE ${OUTPUT}.new "#include \"tfx/data_validation/display/display_assets.h\"

namespace tfx::tfdv {

constexpr char kText[] = R\"asset(${script})asset\";
const std::string_view kStatisticsScript(kText, sizeof(kText) - 1);

}  // namespace tfx::tfdv
")
file(RENAME ${OUTPUT}.new ${OUTPUT})
