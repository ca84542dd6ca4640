/** What we do not change is carried through as it is. */
export interface ComposePort {
  readonly mode?: string;
  readonly host_ip?: string;
  readonly target: number;
  readonly published?: string;
  readonly protocol?: string;
  readonly [key: string]: unknown;
}

export interface ComposeServiceNetwork {
  readonly aliases?: readonly string[];
  readonly ipv4_address?: string;
  readonly ipv6_address?: string;
  readonly [key: string]: unknown;
}

export interface ComposeHealthcheck {
  readonly test?: readonly string[] | string;
  readonly disable?: boolean;
  readonly [key: string]: unknown;
}

/** A service in the form that `docker compose config --format json` prints: short forms resolved. */
export interface ComposeService {
  readonly image?: string;
  readonly build?: unknown;
  readonly container_name?: string;
  readonly environment?: Readonly<Record<string, string | null>> | readonly string[];
  readonly labels?: Readonly<Record<string, string>> | readonly string[];
  readonly ports?: readonly ComposePort[];
  readonly networks?: Readonly<Record<string, ComposeServiceNetwork | null>>;
  readonly network_mode?: string;
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly healthcheck?: ComposeHealthcheck;
  readonly restart?: string;
  readonly profiles?: readonly string[];
  readonly scale?: number;
  readonly deploy?: { readonly replicas?: number; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

export interface ComposeResource {
  readonly name?: string;
  readonly external?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly driver?: string;
  readonly [key: string]: unknown;
}

/** A compose project, resolved. A dollar sign is written `$$`, as compose prints and reads it. */
export interface ComposeModel {
  readonly name: string;
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks?: Readonly<Record<string, ComposeResource | null>>;
  readonly volumes?: Readonly<Record<string, ComposeResource | null>>;
  readonly secrets?: Readonly<Record<string, ComposeResource | null>>;
  readonly configs?: Readonly<Record<string, ComposeResource | null>>;
  readonly [key: string]: unknown;
}
