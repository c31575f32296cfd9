#include "tfx/data_validation/generators/token_state.h"

#include <algorithm>

namespace tfx::tfdv {
namespace {

void Least(std::optional<int64_t>* kept, const std::optional<int64_t>& other) {
  if (other.has_value() && (!kept->has_value() || *other < **kept)) *kept = other;
}

void Greatest(std::optional<int64_t>* kept, const std::optional<int64_t>& other) {
  if (other.has_value() && (!kept->has_value() || *other > **kept)) *kept = other;
}

void WriteOptional(const std::optional<int64_t>& value, sketches::StateWriter* out) {
  out->Integer(value.has_value());
  out->Integer(static_cast<uint64_t>(value.value_or(0)));
}

std::optional<int64_t> ReadOptional(sketches::StateReader* in) {
  const bool has_value = in->Integer() != 0;
  const auto value = static_cast<int64_t>(in->Integer());
  if (!has_value) return std::nullopt;
  return value;
}

}  // namespace

void NamedToken::Add(absl::Span<const size_t> found, size_t sequence_length, int num_buckets) {
  const auto occurrences = static_cast<int64_t>(found.size());
  frequency += occurrences;
  num_sequences += occurrences > 0;
  Least(&min_per_sequence, occurrences);
  Greatest(&max_per_sequence, occurrences);
  for (const size_t place : found) {
    const double position = static_cast<double>(place) / static_cast<double>(sequence_length);
    ++positions[static_cast<int64_t>(position * num_buckets)];
  }
}

void NamedToken::Merge(const NamedToken& other) {
  frequency += other.frequency;
  num_sequences += other.num_sequences;
  Least(&min_per_sequence, other.min_per_sequence);
  Greatest(&max_per_sequence, other.max_per_sequence);
  for (const auto& [bucket, count] : other.positions) positions[bucket] += count;
}

void LeastSequences::Add(double metric, const std::string& text) {
  if (!WouldKeep(metric)) return;
  for (const Sequence& sequence : sequences_) {
    if (sequence.text == text) return;
  }
  const auto after = std::upper_bound(sequences_.begin(), sequences_.end(), metric,
                                      [](double value, const Sequence& sequence) { return value < sequence.metric; });
  sequences_.insert(after, {metric, text});
  if (sequences_.size() > kReportedSequences) sequences_.pop_back();
}

void LeastSequences::Merge(const LeastSequences& other) {
  for (const Sequence& sequence : other.sequences_) Add(sequence.metric, sequence.text);
}

void LeastSequences::Write(sketches::StateWriter* out) const {
  out->Integer(sequences_.size());
  for (const Sequence& sequence : sequences_) {
    out->Real(sequence.metric);
    out->Bytes(sequence.text);
  }
}

void LeastSequences::Read(sketches::StateReader* in) {
  sequences_.resize(in->Count(16));
  for (Sequence& sequence : sequences_) {
    sequence.metric = in->Real();
    sequence.text = std::string(in->Bytes());
  }
}

TokenState::TokenState()
    : token_lengths({.epsilon = kLengthEpsilon}),
      sequence_lengths({.epsilon = kLengthEpsilon}),
      occurrences(kTokenBuckets) {}

void TokenState::Merge(const TokenState& other) {
  is_invalid = is_invalid || other.is_invalid;
  num_examples += other.num_examples;
  total_tokens += other.total_tokens;
  in_vocabulary_tokens += other.in_vocabulary_tokens;
  in_vocabulary_characters += other.in_vocabulary_characters;
  Least(&min_sequence_length, other.min_sequence_length);
  Greatest(&max_sequence_length, other.max_sequence_length);
  // The options of all states are the same, so the sketches cannot refuse.
  token_lengths.Merge(other.token_lengths).IgnoreError();
  sequence_lengths.Merge(other.sequence_lengths).IgnoreError();
  occurrences.Merge(other.occurrences).IgnoreError();
  for (const auto& [token, stats] : other.named) named[token].Merge(stats);
  least_coverage.Merge(other.least_coverage);
  shortest_tokens.Merge(other.shortest_tokens);
}

void TokenState::Write(sketches::StateWriter* out) const {
  out->Integer(is_invalid);
  for (const int64_t count : {num_examples, total_tokens, in_vocabulary_tokens, in_vocabulary_characters}) {
    out->Integer(count);
  }
  WriteOptional(min_sequence_length, out);
  WriteOptional(max_sequence_length, out);
  out->Bytes(token_lengths.Serialize());
  out->Bytes(sequence_lengths.Serialize());
  out->Bytes(occurrences.Serialize());
  out->Integer(named.size());
  for (const auto& [token, stats] : named) {
    out->Integer(token.index());
    if (const auto* number = std::get_if<int64_t>(&token)) {
      out->Integer(*number);
    } else {
      out->Bytes(std::get<std::string>(token));
    }
    out->Integer(stats.frequency);
    out->Integer(stats.num_sequences);
    WriteOptional(stats.min_per_sequence, out);
    WriteOptional(stats.max_per_sequence, out);
    out->Integer(stats.positions.size());
    for (const auto& [bucket, count] : stats.positions) {
      out->Integer(bucket);
      out->Integer(count);
    }
  }
  least_coverage.Write(out);
  shortest_tokens.Write(out);
}

void TokenState::Read(sketches::StateReader* in) {
  is_invalid = in->Integer() != 0;
  for (int64_t* count : {&num_examples, &total_tokens, &in_vocabulary_tokens, &in_vocabulary_characters}) {
    *count = static_cast<int64_t>(in->Integer());
  }
  min_sequence_length = ReadOptional(in);
  max_sequence_length = ReadOptional(in);
  const bool sketches_are_good = token_lengths.ParseFrom(in->Bytes()).ok() &&
                                 sequence_lengths.ParseFrom(in->Bytes()).ok() &&
                                 occurrences.ParseFrom(in->Bytes()).ok();
  if (!sketches_are_good) {
    *in = sketches::StateReader({});
    in->Integer();  // is bad from here on
    return;
  }
  for (uint64_t n = in->Count(8); n > 0 && in->good(); --n) {
    Token token;
    if (in->Integer() == 0) {
      token = static_cast<int64_t>(in->Integer());
    } else {
      token = std::string(in->Bytes());
    }
    NamedToken& stats = named[token];
    stats.frequency = static_cast<int64_t>(in->Integer());
    stats.num_sequences = static_cast<int64_t>(in->Integer());
    stats.min_per_sequence = ReadOptional(in);
    stats.max_per_sequence = ReadOptional(in);
    for (uint64_t buckets = in->Count(16); buckets > 0; --buckets) {
      const auto bucket = static_cast<int64_t>(in->Integer());
      stats.positions[bucket] = static_cast<int64_t>(in->Integer());
    }
  }
  least_coverage.Read(in);
  shortest_tokens.Read(in);
}

}  // namespace tfx::tfdv
