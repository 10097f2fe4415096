source <(neon-restore completion bash)
