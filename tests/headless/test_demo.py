import torch
from flowbrush.hosts.headless import demo, pictures
from flowbrush.hosts.headless.graph import Link
from flowbrush.hosts.headless.host import HeadlessHost
from flowbrush.motion.document.document import parse


def test_a_photo_gets_a_camera_move_in_its_own_proportions_and_its_full_size(folders):
    pictures.write_image(
        folders / "photo.png", torch.rand(90, 160, 3, generator=torch.Generator().manual_seed(0))
    )
    host = HeadlessHost(output_directory=folders / "results", temp_directory=folders)
    graph = demo.demo_graph(host, folders / "photo.png", demo.WORKFLOW)
    loaded, brush, frame, decode = (
        graph.find(name)
        for name in (
            "Flowbrush Example Image", "Flowbrush Motion Brush", "Flowbrush First Frame", "Flowbrush Decode Video",
        )
    )  # fmt: skip
    picture, _ = pictures.read_image(loaded.inputs["image"])
    height, width = picture.shape[1:3]
    assert (width, height) == (672, 384)  # 16:9, of the area of 512x512
    assert (frame.inputs["width"], frame.inputs["height"]) == (336, 192)
    assert decode.inputs["source"] == Link(loaded.id, 0) and decode.inputs["size"] == "source"
    document = parse(brush.inputs["document"])
    assert not document.layers and not document.camera.is_still
    depth, _ = pictures.read_image(graph.nodes[brush.inputs["depth"].node_id].inputs["image"])
    assert depth.shape[1:3] == (height, width) and depth.max() - depth.min() > 0.2
