#include "tfx/orchestration/program_identity.h"

#include <elf.h>
#include <link.h>

#include <cstring>

#include "tfx/base/digest.h"
#include "tfx/io/file_system.h"

namespace tfx {
namespace {

std::string Hex(const unsigned char* bytes, size_t size) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

size_t Align4(size_t n) { return (n + 3) & ~size_t{3}; }

// Called for the program itself first; stops there.
int FindNote(dl_phdr_info* info, size_t, void* result) {
  auto& text = *static_cast<std::string*>(result);
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type != PT_NOTE) continue;
    const auto* at = reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr);
    const char* const end = at + header.p_memsz;
    while (at + sizeof(ElfW(Nhdr)) <= end) {
      const auto* note = reinterpret_cast<const ElfW(Nhdr)*>(at);
      const char* name = at + sizeof(*note);
      const char* bytes = name + Align4(note->n_namesz);
      if (bytes + note->n_descsz > end) break;
      if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0) {
        text = Hex(reinterpret_cast<const unsigned char*>(bytes), note->n_descsz);
        return 1;
      }
      at = bytes + Align4(note->n_descsz);
    }
  }
  return 1;
}

std::string FileDigest() {
  auto file = io::OpenForRead("/proc/self/exe");
  if (!file.ok()) return "unknown";
  Sha256 digest;
  std::string buffer(1 << 20, '\0');
  for (uint64_t offset = 0; offset < (*file)->size();) {
    const auto read = (*file)->Read(offset, buffer.size(), buffer.data());
    if (!read.ok() || *read == 0) break;
    digest.Update(std::string_view(buffer).substr(0, *read));
    offset += *read;
  }
  return digest.HexDigest().substr(0, 40);
}

}  // namespace

std::string ProgramBuildId() {
  static const auto& id = *new std::string([] {
    std::string found;
    dl_iterate_phdr(FindNote, &found);
    return found.empty() ? FileDigest() : found;
  }());
  return id;
}

}  // namespace tfx
