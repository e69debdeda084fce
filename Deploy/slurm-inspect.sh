#!/bin/bash
# Inspects the images of a list by an array of Slurm tasks, then merges what they found:
#   job=$(sbatch --parsable --array=1-8 Deploy/slurm-inspect.sh part.students names.txt results)
#   sbatch --dependency=afterany:$job --wrap "students merge results > results.jsonl"
# A task that was killed is put into the queue again, and goes on; failed images are tried again.
#SBATCH --job-name=students-inspect
#SBATCH --cpus-per-task=2
#SBATCH --mem=4G
#SBATCH --requeue
#SBATCH --open-mode=append

students inspect "$1" --list "$2" --shards "$3" --threads "${SLURM_CPUS_PER_TASK:-1}"
status=$?
# 1 says that some images are anomalous, which is no failure of the task.
[ "$status" -eq 1 ] && exit 0
exit "$status"
