import { getEndpoint } from "#services/endpoints.ts";
import { Broken, type Plan } from "./stage.ts";

/** A tenant looks at an endpoint: what it is shown has been counted rightly. */
export const ask: Plan = ({ chances, model, tenant, look }) => {
  const endpoint = chances.pick(model.livingEndpoints);
  if (endpoint === undefined) return null;
  return {
    what: `look at ${endpoint.id}`,
    async run({ ctx }) {
      const shown = await getEndpoint(ctx(tenant), { endpointId: endpoint.id });
      const own = look.deliveries.filter((row) => row.endpoint === endpoint.id);
      const held = own.filter(({ status }) => status === "held");
      const isHeld = (key: string | null) => held.some((row) => row.key === key);
      const blocked = new Set(own.flatMap(({ key, blocks }) => (blocks && isHeld(key) ? [key] : [])));
      const counted = {
        waiting: held.length,
        inFlight: own.filter(({ status, admitted }) => status === "queued" && admitted).length,
        blockedKeys: shown.lane === "open" ? blocked.size : 0,
      };
      const { waiting, inFlight, blockedKeys } = shown;
      const [is, should] = [JSON.stringify({ waiting, inFlight, blockedKeys }), JSON.stringify(counted)];
      if (is !== should) throw new Broken(`What an endpoint shows is counted: ${is}, and should be ${should}`);
    },
  };
};
