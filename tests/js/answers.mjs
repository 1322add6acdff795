// What the editor answers to questions (JSON on stdin, a list of {ask, …}) that the tests *_parity.py compare with Python.
import { readFileSync } from "node:fs";
import { DocumentError, dump, isEmpty, parse } from "../../js/editor/document/document.mjs";
import { cameraAt, cameraTime, framePolygon } from "../../js/editor/geometry/camera.mjs";
import { Curve } from "../../js/editor/geometry/curve.mjs";
import { ease, pathTicks, progress, seamlessProgress } from "../../js/editor/geometry/easing.mjs";
import { loadMasks, RegionRaster } from "../../js/editor/geometry/raster.mjs";
import { decodeField } from "../../js/editor/player/field_format.mjs";

await loadMasks();

const bytes = (text) => new Uint8ClampedArray(Buffer.from(text, "base64"));

const ANSWERS = {
  document({ text }) {
    try {
      const document = parse(text);
      return { text: dump(document), empty: isEmpty(document) };
    } catch (error) {
      if (error instanceof DocumentError) return { place: error.place };
      throw error;
    }
  },
  curve({ points, corners, times, aspect, progress: places }) {
    const curve = new Curve(points, corners, times, aspect);
    return { length: curve.length, positions: places.map((place) => curve.position(place)) };
  },
  ease: ({ kind, progress: places }) => places.map((place) => ease(kind, place)),
  progress: ({ times, start, end, loop, seamless }) =>
    times.map((time) => (seamless ? seamlessProgress : progress)(time, start, end, loop)),
  ticks({ text, length, aspect }) {
    const { layers, loop } = parse(text);
    return pathTicks(layers[0], layers[0].motion.paths[0], length, aspect, loop === "seamless");
  },
  camera({ text, times, aspect }) {
    const document = parse(text);
    return times.map((time) => {
      const at = cameraTime(document, time);
      return {
        pose: cameraAt(document.camera, at),
        frame: framePolygon(document.camera, at, aspect),
      };
    });
  },
  field({ bytes: text }) {
    const { layers } = decodeField(new Uint8Array(Buffer.from(text, "base64")).buffer);
    return layers.map(({ whole: { layer, across, down, mesh, opacity } }) => {
      return { layer, across, down, mesh: [...mesh], opacity: opacity ?? null };
    });
  },
  regions({ texts, width, height, aspect, mask }) {
    const raster = new RegionRaster(width, height, aspect);
    const incoming = mask && { ...mask, data: bytes(mask.data) };
    return texts.map((text) =>
      Buffer.from(raster.update(parse(text).layers[0].region, incoming)).toString("base64"),
    );
  },
};

const questions = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(questions.map((question) => ANSWERS[question.ask](question))));
