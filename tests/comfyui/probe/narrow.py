"""Lets ComfyUI's loaders take narrow files where they hard-code the published width.

Most loaders read every size from the file. Those of the Wan 2.2, HunyuanVideo (also 1.5), CogVideoX, SVD and MiniMax-H3
autoencoders, of SVD's network, of SeedVR2, of CLIP ViT-H and of SigLIP do not: the width (160, 128, 128, 128, 320, 2560, 1280, 1152) is written in the loader, and such
files are too large for tests. `narrow()` changes these numbers and nothing else; the loaders, the networks, their
tensor names, channels, strides and latent formats stay ComfyUI's. Text encoders (5 to 9 GB, with vocabularies) are
replaced: a file that holds only the tensor `stand_in` gives a `StandInText` of the published width.
"""

import zlib

import torch

WAN22_VAE = {"dim": 16, "dec_dim": 16}
CHANNELS = 32  # the smallest that group normalisation with 32 groups takes
COGVIDEOX_VAE = {"block_out_channels": (32, 32, 64, 64)}
HUNYUAN15_VAE = {"block_out_channels": (32, 32, 64, 64, 64)}
SVD_NETWORK = {"model_channels": 32}
SVD_HEADS = {"num_head_channels": 16}
VISION_LAYERS, VISION_INNER = 2, 64
H3_ENCODER, H3_DECODER = {"ch": CHANNELS}, {"num_layers": 1, "heads": 1}
SEEDVR2 = {"vid_dim": 64, "heads": 1}
SEEDVR2_VAE = (CHANNELS,) * 4
H3_SOUND = {"encoder_dim": 2, "latent_dim": 64, "decoder_dim": 256}


class StandInText:
    """What a CLIP socket must do for CLIP Text Encode: the words of a prompt become random vectors, one a word.

    The embedding is [1, L, width], pooled [1, 768], and depends on nothing but the words. `masked` adds the mask of
    the words [1, L] that LTX-Video's encoder gives.
    """

    def __init__(self, width, masked=False):
        self.width = width
        self.masked = masked

    def tokenize(self, text, **options):
        return text.split() or [""]

    def encode_from_tokens_scheduled(self, tokens, **options):
        vectors = [self._vector(word, self.width) for word in tokens]
        pooled = self._vector(" ".join(tokens), 768)
        mask = {"attention_mask": torch.ones(1, len(tokens), dtype=torch.long)} if self.masked else {}
        return [[torch.stack(vectors)[None], {"pooled_output": pooled[None], **mask}]]

    def clone(self, **options):
        return StandInText(self.width, self.masked)

    @staticmethod
    def _vector(word, width):
        generator = torch.Generator().manual_seed(zlib.crc32(word.encode()))
        return torch.randn(width, generator=generator) * 0.3


def vision_config(config):
    """The configuration of ViT-H or SigLIP with two layers and a thin MLP; others as they are."""
    import json
    from pathlib import Path

    narrowed = ("clip_vision_config_h.json", "clip_vision_siglip_384.json")
    if isinstance(config, dict) or Path(config).name not in narrowed:
        return config
    whole = json.loads(Path(config).read_text())
    return {**whole, "num_hidden_layers": VISION_LAYERS, "intermediate_size": VISION_INNER}


def narrow_minimax():
    """Changes the widths of the autoencoders of MiniMax-H3, in the parts that they are built from."""
    import comfy.ldm.minimax.audio_vae as sound
    import comfy.ldm.minimax.vae as video

    encoder, decoder, vae = video.EncoderFCN3D, video.ViT3DDecoder, sound.MiniMaxH3AudioVAE
    video.EncoderFCN3D = lambda **config: encoder(**{**config, **H3_ENCODER})
    video.ViT3DDecoder = lambda **config: decoder(**{**config, **H3_DECODER})
    sound.MiniMaxH3AudioVAE = lambda: vae(**H3_SOUND)


def narrow_seedvr2():
    """Changes the widths of SeedVR2's network and of its autoencoder."""
    import comfy.ldm.seedvr.model as network
    import comfy.ldm.seedvr.vae as video

    whole = network.NaDiT

    class NarrowNaDiT(whole):
        def __init__(self, **config):
            super().__init__(**{**config, **SEEDVR2})

    network.NaDiT = NarrowNaDiT
    video.BYTEDANCE_BLOCK_OUT_CHANNELS = SEEDVR2_VAE


def narrow():
    """Changes the numbers, once for this process."""
    import comfy.clip_vision
    import comfy.ldm.cogvideo.vae
    import comfy.ldm.wan.vae2_2
    import comfy.sd
    import comfy.supported_models
    import comfy.utils

    wan22, cogvideox = comfy.ldm.wan.vae2_2.WanVAE, comfy.ldm.cogvideo.vae.AutoencoderKLCogVideoX
    kl, engine = comfy.sd.AutoencoderKL, comfy.sd.AutoencodingEngine
    vision, load_clip = comfy.clip_vision.ClipVisionModel, comfy.sd.load_clip

    class NarrowCogVideoX(cogvideox):  # a class, since packs ask which VAE it is
        def __init__(self, **config):
            super().__init__(**{**config, **COGVIDEOX_VAE})

    def narrow_kl(ddconfig, **more):
        if ddconfig.get("conv3d"):
            ddconfig = {**ddconfig, "ch": CHANNELS}
        return kl(ddconfig=ddconfig, **more)

    def narrow_engine(regularizer_config, encoder_config, decoder_config):
        widths = {"VideoDecoder": {"ch": CHANNELS}, "vae_refiner.Decoder": HUNYUAN15_VAE}
        for name in (name for name in widths if decoder_config["target"].endswith(name)):
            encoder_config, decoder_config = (
                {**config, "params": {**config["params"], **widths[name]}}
                for config in (encoder_config, decoder_config)
            )
        return engine(
            regularizer_config=regularizer_config,
            encoder_config=encoder_config,
            decoder_config=decoder_config,
        )

    def load_text(ckpt_paths, *arguments, clip_type=None, **named):
        files = [comfy.utils.load_torch_file(path) for path in ckpt_paths]
        widths = [weights["stand_in"].shape[0] for weights in files if set(weights) == {"stand_in"}]
        if widths:  # of two, the wider one gives the prompt
            return StandInText(max(widths), clip_type == comfy.sd.CLIPType.LTXV)
        return load_clip(ckpt_paths, *arguments, clip_type=clip_type, **named)

    narrow_minimax()
    narrow_seedvr2()
    comfy.ldm.wan.vae2_2.WanVAE = lambda **config: wan22(**{**config, **WAN22_VAE})
    comfy.ldm.cogvideo.vae.AutoencoderKLCogVideoX = NarrowCogVideoX
    comfy.sd.AutoencoderKL = narrow_kl
    comfy.sd.AutoencodingEngine = narrow_engine
    comfy.sd.load_clip = load_text
    comfy.clip_vision.ClipVisionModel = lambda config: vision(vision_config(config))
    svd = comfy.supported_models.SVD_img2vid
    svd.unet_config = {**svd.unet_config, **SVD_NETWORK}
    svd.unet_extra_config = {**svd.unet_extra_config, **SVD_HEADS}
