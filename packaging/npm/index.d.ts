// SPDX-License-Identifier: Apache-2.0

/** The flags of `rmq-mock cluster`, in camel case; `control: true` serves the control plane on a free port. */
export interface RmqMockOptions {
  brokers?: number;
  slaves?: number;
  namesrvs?: number;
  emulate?: string;
  store?: string;
  control?: boolean | string;
  brokerSettings?: Record<string, string | number | boolean> | string;
  namesrvSettings?: Record<string, string | number | boolean> | string;
  [flag: string]: unknown;
}

export class RmqMock {
  /** Starts a cluster; resolves when it serves, rejects when it does not start. It ends with this process. */
  static start(options?: RmqMockOptions): Promise<RmqMock>;
  /** Addresses of the name servers, `host:port;host:port`. */
  readonly namesrvAddr: string;
  /** URL of the control plane, if it was asked for. */
  readonly control?: string;
  /** host:port of the metrics, if they were asked for. */
  readonly metricsAddr?: string;
  /** A request to the control plane; its answer, from JSON. */
  ask(method: string, path: string, body?: unknown): Promise<any>;
  /** Ends it; resolves when its files are gone. */
  stop(): Promise<void>;
}

/** The path of the rmq-mock of this package. */
export const program: string;
