import os

import httpx

project = f"{os.environ['NEON_API_HOST']}/projects/{os.environ['NEON_PROJECT_ID']}"
headers = {"Authorization": f"Bearer {os.environ['NEON_API_KEY']}"}

with httpx.Client(base_url=project, headers=headers) as http:
    branches = http.get("/branches").raise_for_status().json()["branches"]
    [branch] = [branch["id"] for branch in branches if branch["name"] == "production"]
    http.patch(f"/branches/{branch}", json={"branch": {"protected": True}}).raise_for_status()
