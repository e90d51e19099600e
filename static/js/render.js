const INK = '#000';

/**
 * Draw lines on any 2d context.
 * @param {CanvasRenderingContext2D} context
 * @param {readonly [number, number, number][][]} lines in stroke units
 * @param {number} pen width in stroke units
 * @param {number} scale context pixels per stroke unit
 */
export function render(context, lines, pen, scale) {
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.lineWidth = pen;
  context.strokeStyle = INK;
  context.fillStyle = INK;
  for (const line of lines) drawLine(context, line, pen);
}

function drawLine(context, line, pen) {
  context.beginPath();
  if (line.length === 1) {
    drawDot(context, line[0], pen);
  } else {
    drawCurve(context, line);
  }
}

function drawDot(context, [x, y], pen) {
  context.arc(x, y, pen / 2, 0, 2 * Math.PI);
  context.fill();
}

/** Each point bends the curve; it passes through the middle between one point and the next. */
function drawCurve(context, line) {
  const [first, ...rest] = line;
  const last = rest.pop();
  context.moveTo(first[0], first[1]);
  rest.forEach(([x, y], index) => {
    const [nextX, nextY] = rest[index + 1] ?? last;
    context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  });
  context.lineTo(last[0], last[1]);
  context.stroke();
}
