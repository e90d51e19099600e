-- Posts the bodies of a file in turn, from the SKIPth on: each stands behind a line with its length. With n threads, each
-- posts every nth. Prints one line of JSON at the end.

local bodies, at, headers = {}, 0, {}
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  local file = assert(io.open(os.getenv("BODIES"), "rb"))
  for length in function() return file:read("*l") end do
    bodies[#bodies + 1] = file:read(tonumber(length))
  end
  file:close()
  headers["Content-Type"] = os.getenv("CONTENT_TYPE")
  step = tonumber(os.getenv("THREADS"))
  at = tonumber(os.getenv("SKIP")) + number
end

function request()
  local body = bodies[at % #bodies + 1]
  at = at + step
  return wrk.format("POST", nil, headers, body)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.3f, "failed": %d, "p50": %.2f, "p99": %.2f, "max": %.2f}\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
