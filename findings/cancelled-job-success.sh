#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Slurm's sbatch --wait reports success for a job that never ran.
#
#   findings/cancelled-job-success.sh    needs mmdebstrap, iproute2, a Debian mirror in apt's configuration, and half a gigabyte for a few minutes
#
# Expected: `sbatch --wait --dependency=afterok:ARRAY --kill-on-invalid-dep=yes` fails if a task of ARRAY fails, as its job is then cancelled without
# having run; and a job that `scontrol requeue` puts back starts again once a node is free.
# Observed with Debian's slurmctld=24.11.5-4+deb13u1: it returns 0, although `sbatch --wait` of the array itself returns 1. So a script that joins the
# parts of an array this way reports success when a part has failed. And a requeued job waits for two minutes beside an idle node, with the
# reason BeginTime, though the command returns at once (cred_expire of AuthInfo sets how long). Consequence: the script in docs/cluster.md joins
# with `afterany`, and its last task finds out what is missing; tests/documents/private_slurm.py gives requeued tasks an earlier start.
set -euo pipefail

version=24.11.5-4+deb13u1
# shellcheck disable=SC2016 # apt expands these
mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
  awk '$1 == "Debian" && $2 == "main" && !found { print $3; found = 1 }')
[[ -n $mirror ]] || { echo "apt knows no Debian mirror: run apt-get update." >&2; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/wait.sh" <<'END'
set -eu
cd /root
until_true() { # COMMAND...: at most for a minute
  for _ in $(seq 600); do if "$@" >/dev/null 2>&1; then return; fi; sleep 0.1; done
  echo "Waited in vain for: $*"; tail -n 20 /root/*.log; exit 1
}
idle() { [ "$(sinfo --noheader --format=%T)" = idle ]; }
field() { scontrol show job "$1" | tr ' ' '\n' | sed -n "s/^$2=//p"; }
is() { [ "$(field "$1" "$2")" = "$3" ]; } # JOB FIELD VALUE

echo 192.0.2.1 node >/etc/hosts
cat >/etc/slurm/slurm.conf <<'CONF'
ClusterName=private
SlurmctldHost=node
SlurmUser=root
StateSaveLocation=/root/state
SlurmdSpoolDir=/root/spool
SlurmctldLogFile=/root/slurmctld.log
SlurmdLogFile=/root/slurmd.log
ProctrackType=proctrack/linuxproc
NodeName=node
PartitionName=all Nodes=node Default=YES
CONF
echo CgroupPlugin=disabled >/etc/slurm/cgroup.conf
mkdir -p state spool
install -d -o munge /run/munge
runuser -u munge munged
slurmctld
until_true scontrol ping
slurmd -N node
until_true idle

# The second of two tasks fails. They are held until the job that depends on them is there.
timeout 60 sbatch --quiet --wait --hold --array=1-2 --wrap 'exit $(( SLURM_ARRAY_TASK_ID - 1 ))' & array=$!
until_true is 1 JobState PENDING
timeout 60 sbatch --quiet --wait --dependency=afterok:1 --kill-on-invalid-dep=yes --wrap 'touch /root/joined' & join=$!
until_true is 2 JobState PENDING
scontrol release 1
array_status=0 join_status=0
wait $array || array_status=$?
wait $join || join_status=$?
ran=no
[ ! -e joined ] || ran=yes
state=$(field 2 JobState)
echo "$(sbatch --version): status of the array $array_status, of the job after it $join_status, which is $state; has it run: $ran"

job=$(sbatch --parsable --requeue --wrap 'scontrol requeue "$SLURM_JOB_ID"')
until_true is "$job" Reason BeginTime
until_true idle
delay=$(( $(date --date="$(field "$job" StartTime)" +%s) - $(date +%s) ))
echo "a job that has requeued itself, beside an idle node: $(field "$job" JobState), for $delay seconds more"
[ "$array_status $join_status $state $ran" = "1 0 CANCELLED no" ] && [ $delay -gt 60 ] || { echo "This has changed."; exit 1; }
END
# In its own spaces of processes, network and names, so that nothing outlives it and it meets no other Slurm.
cat >"$folder/alone.sh" <<'END'
set -eu
hostname node
ip link set lo up
ip address add 192.0.2.1 dev lo # with 127.0.0.1 alone slurmctld finds no address to listen at
mount -t proc proc "$1/proc"
chroot "$1" bash /root/wait.sh
END
# shellcheck disable=SC2016 # mmdebstrap expands it
mmdebstrap --quiet --variant=apt --include="slurmctld=$version,slurmd=$version,slurm-client=$version,munge" --format=null \
  --customize-hook="copy-in $folder/wait.sh $folder/alone.sh /root" \
  --customize-hook='unshare --mount --net --uts --pid --fork --kill-child sh "$1/root/alone.sh" "$1" >&2' \
  trixie - "$mirror"
