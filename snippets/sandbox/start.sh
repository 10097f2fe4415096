neon-sandbox
