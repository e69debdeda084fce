#!/bin/bash
# Teaches with several tasks that share every step:
#   sbatch --ntasks=4 Deploy/slurm-teach.sh photos -o teacher.safetensors --scale 33 --encoder resnet18.safetensors
# 'students train' is started likewise, in the place of 'teach'. When a node fails, all begin again at the last checkpoint.
#SBATCH --job-name=students-teach
#SBATCH --cpus-per-task=2
#SBATCH --mem-per-cpu=4G
#SBATCH --requeue
#SBATCH --open-mode=append

export MASTER_ADDR=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
export MASTER_PORT=$((20000 + SLURM_JOB_ID % 20000))
exec srun --kill-on-bad-exit --cpus-per-task="${SLURM_CPUS_PER_TASK:-1}" students teach "$@" --threads "${SLURM_CPUS_PER_TASK:-1}" --resume
