# SPDX-License-Identifier: GPL-3.0-or-later
"""A private Slurm for the tests: one node with two processors on this machine, without control groups, for whoever runs the test.

    with PrivateSlurm(folder) as slurm:
        done = subprocess.run(["sbatch", "--wait", "task.sh"], env=slurm.environment)

Its controller, its node's daemon and munge, which signs their messages, are processes of the test and end with it.
"""
import os
import pathlib
import pwd
import socket
import subprocess
import time

CONFIGURATION = """
ClusterName=private
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=8192
PartitionName=all Nodes=node Default=YES
"""
WHILE_IT_STARTS = 60  # seconds


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class PrivateSlurm:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)  # empty; its path is short, as those of sockets have to be
        self.environment = {**os.environ, "SLURM_CONF": str(self.folder / "slurm.conf")}
        for name in [name for name in self.environment if name.startswith(("SLURM_", "SBATCH_")) and name != "SLURM_CONF"]:
            del self.environment[name]
        self.daemons = []
        self.hurried = set()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def start(self):
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        (self.folder / "slurm.conf").write_text(CONFIGURATION.format(
            folder=self.folder, host=socket.gethostname().split(".")[0], user=pwd.getpwuid(os.getuid()).pw_name,
            controller_port=free_port(), node_port=free_port()))
        (self.folder / "cgroup.conf").write_text("CgroupPlugin=disabled\n")
        (self.folder / "munge.key").write_bytes(os.urandom(128))
        (self.folder / "munge.key").chmod(0o400)
        # --force: it also starts below a folder that others may write to, such as /tmp.
        self.daemon("munged", "--foreground", "--force", *(
            f"--{option}={self.folder}/munge.{ending}" for option, ending in [
                ("key-file", "key"), ("socket", "socket"), ("pid-file", "pid"), ("log-file", "log"), ("seed-file", "seed")]))
        self.wait_for(lambda: (self.folder / "munge.socket").exists())
        self.daemon("slurmctld", "-D")
        self.wait_for(lambda: self.ask("scontrol", "ping").returncode == 0)
        self.daemon("slurmd", "-D", "-N", "node")
        self.wait_for(lambda: self.ask("sinfo", "--noheader", "--format=%T").stdout.strip() == "idle")

    def daemon(self, name, *words):
        path = f"{self.environment['PATH']}:/usr/sbin:/sbin"
        with open(self.folder / f"{name}.out", "wb") as out:
            self.daemons.append(subprocess.Popen([name, *words], env={**self.environment, "PATH": path}, stdin=subprocess.DEVNULL,
                                                 stdout=out, stderr=out, start_new_session=True))

    def ask(self, *words):
        return subprocess.run(words, env=self.environment, capture_output=True, text=True, timeout=60)

    def hurry(self):
        """Starts requeued tasks soon; they would wait for two minutes. What was signed before their end is not taken any more."""
        for line in self.ask("squeue", "--noheader", "--array", "--format=%i %r").stdout.splitlines():
            task, reason = line.split(maxsplit=1)
            if reason == "BeginTime" and task not in self.hurried:
                self.hurried.add(task)
                self.ask("scontrol", "update", f"JobId={task}", "StartTime=now+3seconds")

    def wait_for(self, ready):
        until = time.monotonic() + WHILE_IT_STARTS
        while not ready():
            if time.monotonic() > until or any(daemon.poll() is not None for daemon in self.daemons):
                raise RuntimeError(f"Slurm does not start:\n{self.told()}")
            time.sleep(0.1)

    def told(self):
        """The ends of its logs."""
        return "\n".join(f"{log.name}: {log.read_text(errors='replace')[-2000:]}"
                         for log in sorted(self.folder.glob("*.log")) + sorted(self.folder.glob("*.out")))

    def end(self):
        if len(self.daemons) > 2:
            self.ask("scancel", "--signal=KILL", f"--user={os.getuid()}")
        for daemon in reversed(self.daemons):
            daemon.terminate()
            try:
                daemon.wait(timeout=20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
