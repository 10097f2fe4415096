neon-restore restore production 14:31Z --yes
