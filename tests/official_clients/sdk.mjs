// Runs the unmodified @neon/sdk. Each line of standard input names a case; each line of standard
// output is its outcome. The first line of output names all cases. See sdk.py.
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { createInterface } from "node:readline";
import { createNeonClient, raw } from "@neon/sdk";

const { NEON_API_HOST, NEON_API_KEY, NEON_PROJECT_ID } = process.env;
const { PRODUCTION, DEVELOPMENT, PAST } = process.env;
const settings = { baseUrl: NEON_API_HOST, throwOnError: true, requestTimeoutMs: 10_000, wait: { pollIntervalMs: 1, timeoutMs: 5000 } };
const neon = createNeonClient({ apiKey: NEON_API_KEY, ...settings });
const project = { projectId: NEON_PROJECT_ID };
const production = { ...project, branchId: PRODUCTION };
const development = { ...project, branchId: DEVELOPMENT };
const { postgres, snapshots } = neon;
const { databases, endpoints, roles } = postgres;
const role = { ...production, roleName: "shop_owner" };
const database = { ...production, databaseName: "shop" };
const [past, expiry] = [PAST, "2026-12-31T00:00:00Z"];
const daily = [{ frequency: "daily", hour: 3, retention_seconds: 604800 }];

// A raw call with parameters of its path, its body and its query.
const send = (name, path = {}, body = undefined, query = undefined) =>
  raw[name]({
    client: neon.client,
    path: { project_id: NEON_PROJECT_ID, ...path },
    throwOnError: true,
    ...(body && { body }),
    ...(query && { query }),
  });
const names = (list) => list.map((one) => one.name).sort();
const listed = async () => names(await neon.branches.list(project).all());
const created = (more = {}) => neon.branches.create({ ...project, name: "feature", ...more });
const taken = (more = {}) => snapshots.create({ ...production, name: "good", ...more });
const snapshot = async (id) => (await snapshots.list(project)).find((one) => one.id === id);
const compute = async (branch = production) => {
  const [{ id }] = await endpoints.listByBranch(branch);
  return { ...project, endpointId: id };
};
const path = (branch, more = {}) => ({ branch_id: branch.branchId, ...more });
const host = (uri) => new URL(uri).hostname;
const own = { source_branch_id: PRODUCTION, source_timestamp: PAST, preserve_under_name: "kept" };
const previewed = async () => {
  const { id } = await taken();
  const options = { targetBranchId: PRODUCTION, name: "look", finalize: false };
  return snapshots.restore({ ...project, snapshotId: id, ...options });
};
// An answer has a connection string where there is one database to connect to.
const oneDatabase = () => databases.delete({ ...production, databaseName: "analytics" });
const withoutCompute = async () => {
  const { id } = await created({ noCompute: true });
  return { ...project, branchId: id };
};
const uri = (more) =>
  send("getConnectionUri", {}, undefined, { database_name: "shop", role_name: "shop_owner", ...more });

const cases = {
  "neon.projects.list": async () =>
    deepEqual(names(await neon.projects.list().all()), ["shop"]),
  "neon.projects.get": async () => equal((await neon.projects.get(project)).id, NEON_PROJECT_ID),
  "neon.projects.get (wrong key)": () =>
    rejects(createNeonClient({ ...settings, apiKey: "wrong" }).projects.get(project), { kind: "auth" }),
  "neon.projects.update (name)": async () => {
    await neon.projects.update({ ...project, name: "renamed" });
    equal((await neon.projects.get(project)).name, "renamed");
  },
  "neon.projects.update (history window)": async () => {
    await neon.projects.update({ ...project, history_retention_seconds: 3600 });
    equal((await neon.projects.get(project)).history_retention_seconds, 3600);
  },
  "neon.branches.list": async () => deepEqual(await listed(), ["development", "production"]),
  "neon.branches.list (search)": async () =>
    deepEqual(names(await neon.branches.list({ ...project, search: "dev" }).all()), ["development"]),
  "neon.branches.list (sorted)": async () => {
    const sorted = neon.branches.list({ ...project, sort_by: "name", sort_order: "asc" });
    deepEqual((await sorted.all()).map((one) => one.name), ["development", "production"]);
  },
  "neon.branches.list (page by page)": async () => {
    const page = await neon.branches.list({ ...project, limit: 1 }).page();
    equal(page.items.length, 1);
    equal((await neon.branches.list({ ...project, limit: 1 }).all()).length, 2);
  },
  "neon.branches.list (deleted)": async () => {
    const branch = await withoutCompute();
    await neon.branches.delete(branch);
    const all = await neon.branches.list({ ...project, include_deleted: true }).all();
    ok(all.some((one) => one.id === branch.branchId));
  },
  "neon.branches.get": async () => equal((await neon.branches.get(production)).name, "production"),
  "neon.branches.get (not there)": () =>
    rejects(neon.branches.get({ ...project, branchId: "br-nothing-00000009" }), { kind: "not_found" }),
  "neon.branches.create": async () => {
    const { id } = await created();
    equal((await endpoints.listByBranch({ ...project, branchId: id })).length, 1);
  },
  "neon.branches.create (without compute)": async () =>
    deepEqual(await endpoints.listByBranch(await withoutCompute()), []),
  "neon.branches.create (in the past)": async () => {
    const { id } = await created({ parent_id: PRODUCTION, parent_timestamp: past });
    ok((await neon.branches.get({ ...project, branchId: id })).parent_timestamp <= past);
  },
  "neon.branches.create (sizes of the compute)": async () => {
    const { id } = await created({ compute: { minCu: 0.5, maxCu: 1, suspendTimeoutSeconds: 600 } });
    const [found] = await endpoints.listByBranch({ ...project, branchId: id });
    equal(found.autoscaling_limit_min_cu, 0.5);
    equal(found.autoscaling_limit_max_cu, 1);
    equal(found.suspend_timeout_seconds, 600);
  },
  "neon.branches.create (minimum above maximum)": () =>
    rejects(created({ compute: { minCu: 2, maxCu: 1 } }), { status: 400 }),
  "neon.branches.create (protected)": async () =>
    equal((await created({ protected: true })).protected, true),
  "neon.branches.create (name taken)": () =>
    rejects(neon.branches.create({ ...project, name: "development" }), { status: 409 }),
  "neon.branches.update": async () => {
    await neon.branches.update({ ...development, name: "dev" });
    deepEqual(await listed(), ["dev", "production"]);
  },
  "neon.branches.update (protected)": async () => {
    await neon.branches.update({ ...production, protected: true });
    equal((await neon.branches.get(production)).protected, true);
  },
  "neon.branches.update (expiry)": async () => {
    await neon.branches.update({ ...development, expires_at: expiry });
    equal((await neon.branches.get(development)).expires_at, expiry);
  },
  "neon.branches.delete": async () => {
    await neon.branches.delete(await withoutCompute());
    deepEqual(await listed(), ["development", "production"]);
  },
  "neon.branches.createAndConnect": async () => {
    await oneDatabase();
    const made = await neon.branches.createAndConnect({ ...project, name: "feature" });
    match(host(made.connectionString), /-pooler\b/);
  },
  "neon.branches.createAndConnect (direct)": async () => {
    await oneDatabase();
    const made = await neon.branches.createAndConnect({ ...project, name: "a", pooled: false });
    equal(host(made.connectionString), host(`http://${made.endpoint.host}`));
  },
  "neon.branches.getDefault": async () =>
    equal((await neon.branches.getDefault(project)).id, PRODUCTION),
  "neon.branches.setDefault": async () => {
    await neon.branches.setDefault(development);
    equal((await neon.branches.getDefault(project)).id, DEVELOPMENT);
  },
  "neon.branches.resetFromParent": async () => {
    await neon.branches.resetFromParent(development, { waitForReadiness: true });
    ok((await neon.branches.get(development)).last_reset_at);
  },
  "neon.branches.resetFromParent (kept)": async () => {
    await neon.branches.resetFromParent({ ...development, preserveUnderName: "kept" });
    ok((await listed()).includes("kept"));
  },
  "neon.branches.compareSchema": async () => {
    const { diff } = await neon.branches.compareSchema({ ...development, databaseName: "shop" });
    match(diff, /shipped/);
  },
  "neon.branches.finalizeRestore": async () => {
    const { id } = await previewed();
    await neon.branches.finalizeRestore({ ...project, branchId: id, name: "replaced" });
    equal((await neon.branches.get(production)).name, "replaced");
  },
  "neon.client.post (recovery of a deleted branch)": async () => {
    const { branchId } = await withoutCompute();
    await neon.branches.delete({ ...project, branchId });
    const url = "/projects/{project_id}/branches/{branch_id}/recover";
    const ids = { project_id: NEON_PROJECT_ID, branch_id: branchId };
    const security = [{ scheme: "bearer", type: "http" }];
    const { error, response } = await neon.client.post({ url, path: ids, security, throwOnError: false });
    if (!response.ok) throw Object.assign(new Error(error.message), { status: response.status });
    ok((await listed()).includes("feature"));
  },
  "neon.postgres.endpoints.list": async () => equal((await endpoints.list(project)).length, 2),
  "neon.postgres.endpoints.listByBranch": async () =>
    equal((await endpoints.listByBranch(production))[0].branch_id, PRODUCTION),
  "neon.postgres.endpoints.get": async () =>
    equal((await endpoints.get(await compute())).branch_id, PRODUCTION),
  "neon.postgres.endpoints.create (read_write)": async () => {
    const branch = await withoutCompute();
    await endpoints.create({ ...project, branch_id: branch.branchId, type: "read_write" });
    equal((await endpoints.listByBranch(branch))[0].type, "read_write");
  },
  "neon.postgres.endpoints.create (read_only)": async () => {
    await endpoints.create({ ...project, branch_id: PRODUCTION, type: "read_only" });
    equal((await endpoints.listByBranch(production)).length, 2);
  },
  "neon.postgres.endpoints.create (a second read_write)": () =>
    rejects(endpoints.create({ ...project, branch_id: PRODUCTION, type: "read_write" }), {
      message: /read_write endpoint already exists/,
    }),
  "neon.postgres.endpoints.update": async () => {
    const one = await compute();
    await endpoints.update({ ...one, autoscaling_limit_min_cu: 1, autoscaling_limit_max_cu: 4 });
    equal((await endpoints.get(one)).autoscaling_limit_max_cu, 4);
  },
  "neon.postgres.endpoints.delete": async () => {
    await endpoints.delete(await compute(development));
    deepEqual(await endpoints.listByBranch(development), []);
  },
  "neon.postgres.endpoints.suspend": async () => {
    await endpoints.suspend(await compute());
    equal((await endpoints.get(await compute())).current_state, "idle");
  },
  "neon.postgres.endpoints.start": async () => {
    await endpoints.suspend(await compute());
    await endpoints.start(await compute());
    equal((await endpoints.get(await compute())).current_state, "active");
  },
  "neon.postgres.endpoints.restart": async () => {
    await endpoints.restart(await compute());
    equal((await endpoints.get(await compute())).current_state, "active");
  },
  "neon.postgres.roles.list": async () => deepEqual(names(await roles.list(production)), ["shop_owner"]),
  "neon.postgres.roles.get": async () => equal((await roles.get(role)).name, "shop_owner"),
  "neon.postgres.roles.create": async () => {
    const { password } = await roles.create({ ...production, name: "reader" });
    equal(await roles.password({ ...production, roleName: "reader" }), password);
  },
  "neon.postgres.roles.create (without login)": async () => {
    await roles.create({ ...production, name: "reader", no_login: true });
    deepEqual(names(await roles.list(production)), ["reader", "shop_owner"]);
  },
  "neon.postgres.roles.delete": async () => {
    await roles.create({ ...production, name: "reader" });
    await roles.delete({ ...production, roleName: "reader" });
    deepEqual(names(await roles.list(production)), ["shop_owner"]);
  },
  "neon.postgres.roles.password": async () => ok(await roles.password(role)),
  "neon.postgres.roles.resetPassword": async () => {
    const former = await roles.password(role);
    await roles.resetPassword(role);
    ok((await roles.password(role)) !== former);
  },
  "neon.postgres.databases.list": async () =>
    deepEqual(names(await databases.list(production)), ["analytics", "shop"]),
  "neon.postgres.databases.get": async () => equal((await databases.get(database)).name, "shop"),
  "neon.postgres.databases.create": async () => {
    await databases.create({ ...production, name: "extra", owner_name: "shop_owner" });
    ok(names(await databases.list(production)).includes("extra"));
  },
  "neon.postgres.databases.update (name)": async () => {
    await databases.update({ ...database, name: "store" });
    deepEqual(names(await databases.list(production)), ["analytics", "store"]);
  },
  "neon.postgres.databases.update (owner)": async () => {
    await roles.create({ ...production, name: "reader" });
    await databases.update({ ...database, owner_name: "reader" });
    equal((await databases.get(database)).owner_name, "reader");
  },
  "neon.postgres.databases.delete": async () => {
    await databases.delete(database);
    deepEqual(names(await databases.list(production)), ["analytics"]);
  },
  "neon.postgres.connectionString": async () =>
    match(host(await postgres.connectionString(database)), /-pooler\b/),
  "neon.postgres.connectionString (direct)": async () => {
    const { host: direct } = await endpoints.get(await compute());
    const given = await postgres.connectionString({ ...database, pooled: false });
    equal(host(given), host(`http://${direct}`));
  },
  "neon.snapshots.list": async () => {
    await taken();
    deepEqual(names(await snapshots.list(project)), ["good"]);
  },
  "neon.snapshots.create": async () => equal((await snapshot((await taken()).id)).name, "good"),
  "neon.snapshots.create (without a point)": async () =>
    deepEqual(Object.keys(await taken()).filter((key) => /^(lsn|timestamp)$/.test(key)), []),
  "neon.snapshots.create (timestamp)": async () => ok((await taken({ timestamp: past })).timestamp),
  "neon.snapshots.create (expiry)": async () =>
    equal((await taken({ expiresAt: expiry })).expires_at, expiry),
  "neon.snapshots.create (slug)": async () => equal((await taken({ slug: "good" })).slug, "good"),
  "neon.snapshots.update": async () => {
    const { id } = await taken();
    await snapshots.update({ ...project, snapshotId: id, name: "better", expiresAt: expiry });
    equal((await snapshot(id)).name, "better");
    equal((await snapshot(id)).expires_at, expiry);
  },
  "neon.snapshots.update (expiry cleared)": async () => {
    const { id } = await taken({ expiresAt: expiry });
    await snapshots.update({ ...project, snapshotId: id, expiresAt: null });
    equal((await snapshot(id)).expires_at, undefined);
  },
  "neon.snapshots.delete": async () => {
    await snapshots.delete({ ...project, snapshotId: (await taken()).id });
    deepEqual(await snapshots.list(project), []);
  },
  "neon.snapshots.restore": async () => {
    const { id } = await taken();
    const restored = await snapshots.restore({ ...project, snapshotId: id, name: "look" });
    equal((await neon.branches.get({ ...project, branchId: restored.id })).restored_from, id);
  },
  "neon.snapshots.restore (in one step)": async () => {
    const target = { targetBranchId: PRODUCTION, finalize: true };
    const { id } = await taken();
    const restored = await snapshots.restore({ ...project, snapshotId: id, ...target });
    equal((await neon.branches.getDefault(project)).id, restored.id);
    equal((await neon.branches.get(production)).name, "production (old)");
  },
  "neon.snapshots.restore (preview that is committed)": async () => {
    const target = { targetBranchId: PRODUCTION, preview: async () => true };
    await snapshots.restore({ ...project, snapshotId: (await taken()).id, ...target });
    equal((await neon.branches.get(production)).name, "production (old)");
  },
  "neon.snapshots.restore (preview that is given up)": async () => {
    const target = { targetBranchId: PRODUCTION, preview: async () => false };
    await snapshots.restore({ ...project, snapshotId: (await taken()).id, ...target });
    deepEqual(await listed(), ["development", "production"]);
  },
  "neon.snapshots.getSchedule": async () =>
    deepEqual((await snapshots.getSchedule(production)).schedule, []),
  "neon.snapshots.setSchedule": async () => {
    await snapshots.setSchedule({ ...production, schedule: daily });
    deepEqual((await snapshots.getSchedule(production)).schedule, daily);
  },
  "neon.operations.list": async () => {
    await created();
    ok((await neon.operations.list(project).all()).some((one) => one.action === "create_branch"));
  },
  "neon.operations.list (page by page)": async () => {
    await created();
    await neon.branches.resetFromParent(development);
    const all = await neon.operations.list(project).all();
    const paged = await neon.operations.list({ ...project, limit: 1 }).all();
    deepEqual(paged.map((one) => one.id), all.map((one) => one.id));
  },
  "neon.operations.get": async () => {
    const { operations } = await send("restoreProjectBranch", path(production), own);
    const [{ id }] = operations;
    equal((await neon.operations.get({ ...project, operationId: id })).status, "finished");
  },
  "neon.operations.waitFor": async () => {
    const { operations } = await send("restoreProjectBranch", path(production), own);
    await neon.operations.waitFor({ operations }, { pollIntervalMs: 1 });
    equal((await neon.branches.get(production)).current_state, "ready");
  },
  "neon.user.me": async () => ok((await neon.user.me()).email),
  "neon.user.organizations": async () => equal((await neon.user.organizations()).length, 1),

  "raw.listProjects": async () => deepEqual(names((await send("listProjects")).projects), ["shop"]),
  "raw.listSharedProjects": async () => deepEqual((await send("listSharedProjects")).projects, []),
  "raw.getProject": async () => equal((await send("getProject")).project.name, "shop"),
  "raw.updateProject": async () => {
    await send("updateProject", {}, { project: { history_retention_seconds: 0 } });
    equal((await neon.projects.get(project)).history_retention_seconds, 0);
  },
  "raw.updateProject (history window above the plan's)": () =>
    rejects(send("updateProject", {}, { project: { history_retention_seconds: 2592000 } }), {
      message: /exceeds allowed maximum; requested_history_retention_seconds:"2592000", max:"\d+"/,
    }),
  "raw.listProjectOperations": async () => {
    const { operations } = await send("restoreProjectBranch", path(production), own);
    const all = (await send("listProjectOperations")).operations.map((one) => one.id);
    ok(operations.every((one) => all.includes(one.id)));
  },
  "raw.getProjectOperation": async () => {
    const { operations } = await send("restoreProjectBranch", path(production), own);
    const found = await send("getProjectOperation", { operation_id: operations[0].id });
    equal(found.operation.status, "finished");
  },
  "raw.countProjectBranches": async () => equal((await send("countProjectBranches")).count, 2),
  "raw.listProjectBranches": async () =>
    equal((await send("listProjectBranches")).branches.length, 2),
  "raw.getProjectBranch": async () =>
    equal((await send("getProjectBranch", path(development))).branch.parent_id, PRODUCTION),
  "raw.createProjectBranch": async () => {
    const made = await send("createProjectBranch", {}, { branch: { name: "feature" } });
    equal(made.branch.name, "feature");
    deepEqual(made.endpoints, []);
  },
  "raw.createProjectBranch (schema only)": async () => {
    const branch = { name: "empty", parent_id: PRODUCTION, init_source: "schema-only" };
    const made = await send("createProjectBranch", {}, { branch, endpoints: [{ type: "read_write" }] });
    equal(made.branch.init_source, "schema-only");
  },
  "raw.updateProjectBranch": async () => {
    await send("updateProjectBranch", path(development), { branch: { name: "dev" } });
    deepEqual(await listed(), ["dev", "production"]);
  },
  "raw.deleteProjectBranch": async () => {
    await send("deleteProjectBranch", path(development));
    deepEqual(await listed(), ["production"]);
  },
  "raw.restoreProjectBranch (own history)": async () => {
    const { branch } = await send("restoreProjectBranch", path(production), own);
    equal(branch.id, PRODUCTION);
    ok((await listed()).includes("kept"));
  },
  "raw.restoreProjectBranch (from its parent)": async () => {
    const source = { source_branch_id: PRODUCTION };
    await send("restoreProjectBranch", path(development), source);
    ok((await neon.branches.get(development)).last_reset_at);
  },
  "raw.restoreProjectBranch (children, and no name for them)": () =>
    rejects(
      send("restoreProjectBranch", path(production), { source_branch_id: DEVELOPMENT }),
      { status: 422, message: /Branch has children, preserve_under_name is required/ },
    ),
  "raw.setDefaultProjectBranch": async () => {
    await send("setDefaultProjectBranch", path(development));
    equal((await neon.branches.getDefault(project)).id, DEVELOPMENT);
  },
  "raw.getProjectBranchSchema": async () => {
    const query = { db_name: "shop" };
    match((await send("getProjectBranchSchema", path(production), undefined, query)).sql, /orders/);
  },
  "raw.getProjectBranchSchema (as JSON)": async () => {
    const query = { db_name: "shop", format: "json" };
    ok((await send("getProjectBranchSchema", path(production), undefined, query)).json);
  },
  "raw.getProjectBranchSchemaComparison": async () => {
    const query = { db_name: "shop", base_branch_id: PRODUCTION };
    const compared = send("getProjectBranchSchemaComparison", path(development), undefined, query);
    match((await compared).diff, /shipped/);
  },
  "raw.finalizeRestoreBranch": async () => {
    const { id } = await previewed();
    await send("finalizeRestoreBranch", { branch_id: id }, {});
    equal((await neon.branches.get(production)).name, "production (old)");
  },
  "raw.getConnectionUri": async () => {
    const { host: direct } = await endpoints.get(await compute());
    equal(host((await uri()).uri), host(`http://${direct}`));
  },
  "raw.getConnectionUri (pooled)": async () =>
    match(host((await uri({ pooled: true })).uri), /-pooler\b/),
  "raw.getConnectionUri (branch without compute)": async () => {
    const { branchId } = await withoutCompute();
    const refusal = { status: 404, message: /no read-write endpoint for branch/ };
    await rejects(uri({ branch_id: branchId }), refusal);
  },
  "raw.listProjectEndpoints": async () =>
    equal((await send("listProjectEndpoints")).endpoints.length, 2),
  "raw.listProjectBranchEndpoints": async () =>
    equal((await send("listProjectBranchEndpoints", path(production))).endpoints.length, 1),
  "raw.getProjectEndpoint": async () => {
    const { endpointId } = await compute();
    const found = await send("getProjectEndpoint", { endpoint_id: endpointId });
    equal(found.endpoint.id, endpointId);
  },
  "raw.createProjectEndpoint": async () => {
    const { branchId } = await withoutCompute();
    const endpoint = { branch_id: branchId, type: "read_write", autoscaling_limit_max_cu: 2 };
    const made = await send("createProjectEndpoint", {}, { endpoint });
    equal(made.endpoint.branch_id, branchId);
    ok(made.operations.some((one) => one.action === "start_compute"));
  },
  "raw.updateProjectEndpoint": async () => {
    const { endpointId } = await compute();
    const body = { endpoint: { suspend_timeout_seconds: 600 } };
    const changed = await send("updateProjectEndpoint", { endpoint_id: endpointId }, body);
    equal(changed.endpoint.suspend_timeout_seconds, 600);
  },
  "raw.deleteProjectEndpoint": async () => {
    const { endpointId } = await compute(development);
    await send("deleteProjectEndpoint", { endpoint_id: endpointId });
    equal((await endpoints.list(project)).length, 1);
  },
  "raw.suspendProjectEndpoint": async () => {
    const { endpointId } = await compute();
    const { operations } = await send("suspendProjectEndpoint", { endpoint_id: endpointId });
    deepEqual(operations.map((one) => one.action), ["suspend_compute"]);
  },
  "raw.startProjectEndpoint": async () => {
    const { endpointId } = await compute();
    await send("suspendProjectEndpoint", { endpoint_id: endpointId });
    const { operations } = await send("startProjectEndpoint", { endpoint_id: endpointId });
    deepEqual(operations.map((one) => one.action), ["start_compute"]);
  },
  "raw.restartProjectEndpoint": async () => {
    const { endpointId } = await compute();
    const restarted = await send("restartProjectEndpoint", { endpoint_id: endpointId });
    equal(restarted.endpoint.id, endpointId);
    ok(restarted.operations.length > 0);
  },
  "raw.listProjectBranchRoles": async () =>
    deepEqual(names((await send("listProjectBranchRoles", path(production))).roles), ["shop_owner"]),
  "raw.getProjectBranchRole": async () => {
    const found = await send("getProjectBranchRole", path(production, { role_name: "shop_owner" }));
    equal(found.role.branch_id, PRODUCTION);
  },
  "raw.createProjectBranchRole": async () => {
    const made = await send("createProjectBranchRole", path(production), { role: { name: "reader" } });
    ok(made.role.password);
  },
  "raw.deleteProjectBranchRole": async () => {
    await roles.create({ ...production, name: "reader" });
    await send("deleteProjectBranchRole", path(production, { role_name: "reader" }));
    deepEqual(names(await roles.list(production)), ["shop_owner"]);
  },
  "raw.getProjectBranchRolePassword": async () => {
    const whose = path(production, { role_name: "shop_owner" });
    ok((await send("getProjectBranchRolePassword", whose)).password);
  },
  "raw.resetProjectBranchRolePassword": async () => {
    const former = await roles.password(role);
    const whose = path(production, { role_name: "shop_owner" });
    const reset = await send("resetProjectBranchRolePassword", whose);
    ok(reset.role.password && reset.role.password !== former);
  },
  "raw.listProjectBranchDatabases": async () =>
    equal((await send("listProjectBranchDatabases", path(production))).databases.length, 2),
  "raw.getProjectBranchDatabase": async () => {
    const which = path(production, { database_name: "shop" });
    equal((await send("getProjectBranchDatabase", which)).database.owner_name, "shop_owner");
  },
  "raw.createProjectBranchDatabase": async () => {
    const body = { database: { name: "extra", owner_name: "shop_owner" } };
    await send("createProjectBranchDatabase", path(production), body);
    equal((await databases.list(production)).length, 3);
  },
  "raw.updateProjectBranchDatabase": async () => {
    const which = path(production, { database_name: "shop" });
    await send("updateProjectBranchDatabase", which, { database: { name: "store" } });
    deepEqual(names(await databases.list(production)), ["analytics", "store"]);
  },
  "raw.deleteProjectBranchDatabase": async () => {
    await send("deleteProjectBranchDatabase", path(production, { database_name: "shop" }));
    deepEqual(names(await databases.list(production)), ["analytics"]);
  },
  "raw.listSnapshots": async () => {
    await taken();
    deepEqual(names((await send("listSnapshots")).snapshots), ["good"]);
  },
  "raw.createSnapshot": async () => {
    const query = { name: "good", timestamp: past };
    const made = await send("createSnapshot", path(production), undefined, query);
    equal((await snapshot(made.snapshot.id)).name, "good");
  },
  "raw.updateSnapshot": async () => {
    const { id } = await taken();
    await send("updateSnapshot", { snapshot_id: id }, { snapshot: { name: "better" } });
    equal((await snapshot(id)).name, "better");
  },
  "raw.deleteSnapshot": async () => {
    await send("deleteSnapshot", { snapshot_id: (await taken()).id });
    deepEqual(await snapshots.list(project), []);
  },
  "raw.restoreSnapshot": async () => {
    const { id } = await taken();
    const { branch } = await send("restoreSnapshot", { snapshot_id: id }, { name: "look" });
    equal((await neon.branches.get({ ...project, branchId: branch.id })).restored_from, id);
  },
  "raw.getSnapshotSchedule": async () =>
    deepEqual((await send("getSnapshotSchedule", path(production))).schedule, []),
  "raw.setSnapshotSchedule": async () => {
    await send("setSnapshotSchedule", path(production), { schedule: daily });
    deepEqual((await snapshots.getSchedule(production)).schedule, daily);
  },
  "raw.getCurrentUserInfo": async () => ok((await send("getCurrentUserInfo")).email),
  "raw.getCurrentUserOrganizations": async () =>
    equal((await send("getCurrentUserOrganizations")).organizations.length, 1),
};

// The calls of the SDK: methods of a client's resources, and the raw functions.
function* methods(resource, prefix) {
  for (let owner = resource; owner !== Object.prototype; owner = Object.getPrototypeOf(owner)) {
    for (const key of Object.getOwnPropertyNames(owner)) {
      const value = resource[key];
      if (typeof value === "object" && value) yield* methods(value, `${prefix}${key}.`);
      else if (typeof value === "function" && key !== "constructor") yield `${prefix}${key}`;
    }
  }
}
const { client: _, ...resources } = neon;
const helpers = new Set(["createClient", "createConfig", "wrapRaw"]);
const functions = Object.keys(raw).filter(
  (name) => typeof raw[name] === "function" && !helpers.has(name),
);
const calls = [...methods(resources, "neon."), ...functions.map((name) => `raw.${name}`)];

// A raw call without a case: any path that fits.
const anything = new Proxy({}, { get: (_, name) => (name === "project_id" ? NEON_PROJECT_ID : "1") });
const attempt = (name) =>
  cases[name]?.() ??
  raw[name.replace("raw.", "")]({ client: neon.client, path: anything, throwOnError: true });

console.log(JSON.stringify({ calls, cases: Object.keys(cases) }));
for await (const name of createInterface({ input: process.stdin })) {
  let outcome = { status: 0, said: "" };
  try {
    await attempt(name);
  } catch (error) {
    // What a call says that was expected to be rejected in another way.
    const told = error.code === "ERR_ASSERTION" && error.actual instanceof Error ? error.actual : error;
    outcome = { status: told.status ?? 1, said: told.message.replace(/\s+/g, " ").slice(0, 200) };
  }
  console.log(JSON.stringify(outcome));
}
