// Required by every Node process that a block starts: whatever is not on this machine is refused
// at once, so that no program sends anything anywhere, whether or not a block tells it not to.
// What each process was called with is written down, one line of JSON each.
"use strict";

const dgram = require("node:dgram");
const dns = require("node:dns");
const fs = require("node:fs");
const net = require("node:net");
const os = require("node:os");
const path = require("node:path");

const [, program = "", ...given] = process.argv;
fs.appendFileSync(
  path.join(os.homedir(), ".node-calls"),
  `${JSON.stringify([path.basename(program), ...given])}\n`,
);

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/;

const isHere = (host) => host === undefined || host === null || LOOPBACK.test(String(host));

const refusal = (what) =>
  Object.assign(new Error(`${what} is not on this machine: refused`), {
    code: "ECONNREFUSED",
    errno: -111,
    syscall: "connect",
    address: what,
  });

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...given) {
  // The module's own functions pass what they made of the arguments, as one array.
  const [first, second] = Array.isArray(given[0]) ? given[0] : given;
  const target = typeof first === "object" && first !== null ? first : { port: first, host: second };
  // Without a host it is a socket in the file system, or a port of this machine.
  if (isHere(target.host)) {
    return connect.apply(this, given);
  }
  process.nextTick(() => this.destroy(refusal(target.host)));
  return this;
};

const fail = (host, given) => {
  const callback = given.findLast((each) => typeof each === "function");
  process.nextTick(() => callback(refusal(host)));
};

for (const name of Object.keys(dns).filter((key) => /^(lookup|resolve|reverse)/.test(key))) {
  const ask = dns[name];
  dns[name] = (host, ...rest) => (isHere(host) ? ask(host, ...rest) : fail(host, rest));
}
for (const owner of [dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
  for (const name of Object.getOwnPropertyNames(owner)) {
    if (/^(lookup|resolve|reverse)/.test(name)) {
      const ask = owner[name];
      owner[name] = function (host, ...rest) {
        if (isHere(host)) {
          return ask.call(this, host, ...rest);
        }
        return owner === dns.Resolver.prototype ? fail(host, rest) : Promise.reject(refusal(host));
      };
    }
  }
}

for (const name of ["connect", "send"]) {
  dgram.Socket.prototype[name] = () => {
    throw refusal("a datagram's address");
  };
}
