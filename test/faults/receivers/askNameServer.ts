// Loaded into a deliverer's process before its own code: every resolver that it makes asks the scenario's name server.
import dns from "node:dns/promises";
import { syncBuiltinESMExports } from "node:module";

const server = process.env["FAULTS_NAME_SERVER"] ?? "";

class Resolver extends dns.Resolver {
  constructor(options?: ConstructorParameters<typeof dns.Resolver>[0]) {
    super(options);
    this.setServers([server]);
  }
}

Object.assign(dns, { Resolver });
syncBuiltinESMExports();
