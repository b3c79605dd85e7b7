// The test kit: the whole gateway, on a clock that a test moves. See docs/testing.md.
export { startTestGateway, type TestGateway, type TestGatewayOptions, type TestResponse } from "./gateway.ts";
export type { ReceivedRequest, ReceiverAnswer, ReceiverHandler, TestReceiver } from "./receiver.ts";
export type { Duration } from "./duration.ts";
