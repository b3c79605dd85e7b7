// Exits with 0 while this container's process does its work: `node healthy.mjs api` is it ready; `node healthy.mjs deliverer` has it said to the
// database within fifteen seconds that it lives.
const ask = async (url) => await fetch(url, { signal: AbortSignal.timeout(2000) });

async function isReady() {
  const { ok } = await ask(`http://127.0.0.1:${process.env.PORT ?? 8080}/readyz`);
  return ok;
}

async function isAlive() {
  const response = await ask(`http://127.0.0.1:${process.env.POSTHORN_METRICS_PORT ?? 9464}/metrics`);
  const pulse = /^posthorn_loop_last_run_timestamp_seconds\{loop="pulse"\} (\S+)$/m.exec(await response.text());
  return pulse !== null && Date.now() / 1000 - Number(pulse[1]) < 15;
}

const checks = { api: isReady, deliverer: isAlive };
process.exitCode = (await checks[process.argv[2]]().catch(() => false)) ? 0 : 1;
