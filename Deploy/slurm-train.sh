#!/bin/bash
# Trains the students of one model by an array of Slurm tasks, then joins them:
#   job=$(sbatch --parsable --array=1-9 Deploy/slurm-train.sh good -o part.students)
#   sbatch --dependency=afterany:$job --wrap "students join part.students"
# A task that was killed is put into the queue again, and goes on at its last checkpoint.
#SBATCH --job-name=students-train
#SBATCH --cpus-per-task=2
#SBATCH --mem=8G
#SBATCH --requeue
#SBATCH --open-mode=append

exec students train "$@" --threads "${SLURM_CPUS_PER_TASK:-1}" --part auto
