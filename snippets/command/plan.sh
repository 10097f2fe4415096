neon-restore plan production 14:31Z
