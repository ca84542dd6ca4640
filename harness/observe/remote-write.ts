/** One sample, as Prometheus' remote write takes it. */
export interface WrittenSample {
  /** `__name__` included. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Wall ms. */
  readonly atMs: number;
}

/**
 * The body of a remote write, version 1.0: `WriteRequest { repeated TimeSeries { repeated Label, repeated Sample } }` in protobuf, in a
 * Snappy block. Four fields need no library.
 * @see https://prometheus.io/docs/specs/prw/remote_write_spec/
 */
export function remoteWriteBody(samples: readonly WrittenSample[]): Buffer {
  return snappyBlock(Buffer.concat(samples.map((sample) => field(1, timeSeries(sample)))));
}

function timeSeries({ labels, value, atMs }: WrittenSample): Buffer {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const pairs = sorted.map(([name, text]) =>
    field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(text))])),
  );
  const double = Buffer.alloc(9);
  double[0] = (1 << 3) | 1;
  double.writeDoubleLE(value, 1);
  const sample = Buffer.concat([double, Buffer.from([2 << 3]), varint(Math.round(atMs))]);
  return Buffer.concat([...pairs, field(2, sample)]);
}

/** A field of bytes, text or a message. */
function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  while (left >= 0x80) {
    bytes.push((left % 0x80) | 0x80);
    left = Math.floor(left / 0x80);
  }
  return Buffer.from([...bytes, left]);
}

/** A Snappy literal holds at most this with a length of two bytes. */
const LITERAL_MAX = 0x1_0000;

/** Snappy's block format with nothing compressed: some kilobytes on loopback are not worth it. */
function snappyBlock(content: Buffer): Buffer {
  const parts = [varint(content.length)];
  for (let at = 0; at < content.length; at += LITERAL_MAX) {
    const literal = content.subarray(at, at + LITERAL_MAX);
    const length = literal.length - 1;
    parts.push(Buffer.from([61 << 2, length & 0xff, length >> 8]), literal);
  }
  return Buffer.concat(parts);
}
