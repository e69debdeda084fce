#!/bin/bash
# Fills a table of the paper by an array of Slurm tasks, then joins its parts:
#   job=$(sbatch --parsable --array=1-15 Deploy/slurm-reproduce.sh mvtec --data mvtec --output mvtec.json)
#   sbatch --dependency=afterany:$job --wrap "students join mvtec.json"
# A task that was killed is put into the queue again, and goes on at its last checkpoint. To start dead ones once
# more, submit the whole array: tasks that are done end at once.
#SBATCH --job-name=students-reproduce
#SBATCH --cpus-per-task=2
#SBATCH --mem=8G
#SBATCH --requeue
#SBATCH --open-mode=append

exec students reproduce "$@" --threads "${SLURM_CPUS_PER_TASK:-1}" --part auto
