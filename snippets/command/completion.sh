eval "$(neon-restore completion bash)"
