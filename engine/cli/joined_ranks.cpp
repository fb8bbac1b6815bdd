// SPDX-License-Identifier: GPL-3.0-or-later
#include "joined_ranks.hpp"

#include "module_beside.hpp"
#include "translation.hpp"

#include <cstdlib>

namespace neural_style::cli {
namespace {

/// Open MPI's mpirun sets the first, MPICH's the second.
const char* told_count() {
    const char* const told = std::getenv("OMPI_COMM_WORLD_SIZE");
    return told ? told : std::getenv("PMI_SIZE");
}

/// All that Slurm's srun tells.
bool has_pmix() {
    return std::getenv("PMIX_RANK");
}

} // namespace

bool started_by_mpirun() {
    return told_count() || has_pmix();
}

Result<std::unique_ptr<JoinedRanks>> joined_ranks() {
    const char* const told = told_count();
    const int count = told ? std::atoi(told) : 0;
    if (count == 1 || !started_by_mpirun())
        return nullptr;
    const auto* module = module_beside<RanksModule>("neural-style-ranks.so", "neural_style_ranks");
    if (!module)
        return failure(ErrorCode::internal,
                       _("This program was built without MPI, so its processes cannot paint one picture "
                         "together: start it without mpirun."));
    auto ranks =
        module->join(_("Another process of this painting does not answer: look at its computer, and start "
                       "the painting again."));
    if (ranks->count() > 1)
        return ranks;
    ranks->finish();
    if (count > 1)
        return failure(ErrorCode::internal,
                       _("This mpirun belongs to another MPI than this program: start it with the mpirun of "
                         "Open MPI."));
    return nullptr;
}

} // namespace neural_style::cli
