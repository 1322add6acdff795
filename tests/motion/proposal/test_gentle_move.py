import torch
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.proposal import gentle_move
from flowbrush.rendering.layered_picture import layered_picture


def test_a_gentle_move_tears_nothing_and_circles_around_the_subject():
    size = 128
    picture = torch.full((size, size, 3), 0.4)
    picture[70:90, 30:50] = torch.rand(20, 20, 3, generator=torch.Generator().manual_seed(1))
    x, y = gentle_move.subject_of(picture)
    assert abs(x - 40 / size) < 0.12 and abs(y - 80 / size) < 0.12
    field = field_from_document(
        gentle_move.gentle_document(picture), 9, depth=gentle_move.gentle_depth(picture)
    )
    assert len(layered_picture(picture, field.in_layers(size, size), field.times).layers) == 1
    shift = field.displacement(size, size)[-1]
    assert shift[80, 40].norm() < 0.06 * size < 3 * (shift[80, 40] - shift[4, 124]).norm()


def test_an_upright_mast_hardly_bends():
    size = 192
    sky = torch.full((size, size, 3), 0.3)
    subject = sky.clone()
    subject[80:130, 80:110] = torch.rand(50, 30, 3, generator=torch.Generator().manual_seed(1))
    mast = subject.clone()
    mast[30:175, 92:98] = 0.9
    bends = {}
    for name, picture in (("subject", subject), ("mast", mast)):
        field = field_from_document(
            gentle_move.gentle_document(picture), 9, depth=gentle_move.gentle_depth(picture)
        )
        shift = field.displacement(size, size)[-1, 30:175, 95, 0]
        chord = torch.lerp(shift[0], shift[-1], torch.linspace(0, 1, len(shift)))
        bends[name] = float((shift - chord).abs().max())
    assert bends["mast"] < 0.5 * bends["subject"]
