// SPDX-License-Identifier: GPL-3.0-or-later
/// The processes that mpirun has started together with this one.
///
///     const auto ranks = joined_ranks();          // nothing without mpirun
///     request.ranks = ranks.get();
///     …
///     ranks->finish();                            // when all is well; or: ranks->end_all(status)
#pragma once

#include <neural_style/error.hpp>
#include <neural_style/ranks.hpp>

#include <memory>
#include <string>

namespace neural_style::cli {

class JoinedRanks : public Ranks {
  public:
    /// Waits for all others to finish, too.
    virtual void finish() = 0;
    /// Ends all of them, with that exit status.
    [[noreturn]] virtual void end_all(int status) = 0;
};

/// Whether an mpirun has started this process, perhaps alone.
bool started_by_mpirun();

/// Nothing if mpirun has not started this process, or no other. Errors: `internal` if MPI's module is
/// missing.
Result<std::unique_ptr<JoinedRanks>> joined_ranks();

/// What neural-style-ranks.so exports as `neural_style_ranks`: MPI, which nobody loads who paints alone.
struct RanksModule {
    /// `no_answer`: the sentence of the exception if another process is stuck.
    std::unique_ptr<JoinedRanks> (*join)(std::string no_answer);
};

} // namespace neural_style::cli
