"""The zoo: how each model is built, by a name such as `timm/levit_128s`."""

from collections.abc import Callable
from typing import Any

from torch import nn

from .packages import imported

Build = Callable[[], nn.Module]

# fmt: off
_TORCHVISION = (
    "resnet18", "resnet50", "vgg11_bn", "densenet121", "mobilenet_v2", "mobilenet_v3_small", "efficientnet_b0",
    "efficientnet_v2_s", "convnext_tiny", "vit_b_16", "swin_t", "swin_v2_t", "googlenet", "inception_v3",
    "squeezenet1_0", "shufflenet_v2_x0_5", "mnasnet0_5", "regnet_y_400mf", "alexnet", "maxvit_t", "wide_resnet50_2",
    "resnext50_32x4d", "segmentation.fcn_resnet50", "segmentation.lraspp_mobilenet_v3_large", "video.r3d_18",
    "video.s3d",
)
_TIMM = (
    "resnet18d", "vit_tiny_patch16_224", "convnext_atto", "mixer_s32_224", "deit_tiny_patch16_224", "levit_128s",
    "mobilevit_xxs", "regnety_002", "swin_tiny_patch4_window7_224", "beit_base_patch16_224", "xcit_nano_12_p16_224",
    "poolformer_s12", "coat_tiny", "efficientvit_b0", "nfnet_l0", "hrnet_w18_small", "cait_xxs24_224", "pit_ti_224",
    "tinynet_a", "ghostnet_050", "resmlp_12_224", "gmlp_ti16_224", "edgenext_xx_small", "fastvit_t8", "repvgg_a0",
    "tiny_vit_5m_224", "mobilenetv4_conv_small", "pvt_v2_b0", "twins_svt_small", "convmixer_768_32", "sequencer2d_s",
    "volo_d1_224", "eva02_tiny_patch14_224", "swinv2_tiny_window8_256", "crossvit_tiny_240", "visformer_tiny",
    "halonet26t", "lambda_resnet26t", "botnet26t_256", "dla34", "dpn48b", "selecsls42", "skresnet18", "hardcorenas_a",
    "inception_next_atto", "rdnet_tiny", "starnet_s1", "efficientformer_l1", "nextvit_small",
    "maxvit_rmlp_pico_rw_256",
)
# fmt: on

_SIZES: dict[str, Any] = {
    "num_hidden_layers": 2,
    "hidden_size": 64,
    "num_attention_heads": 2,
    "intermediate_size": 128,
    "vocab_size": 500,
}
_HALVES: dict[str, Any] = {
    "encoder_layers": 2,
    "decoder_layers": 2,
    "d_model": 64,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 128,
    "decoder_ffn_dim": 128,
    "vocab_size": 500,
}
_T5: dict[str, Any] = {"num_layers": 2, "d_model": 64, "d_ff": 128, "num_heads": 2, "vocab_size": 500}
_WHISPER = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1}
#: Of transformers: what a config is given, the class of the model being `<config's name><ending>`.
_TRANSFORMERS: dict[str, tuple[str, dict[str, Any]]] = {
    "GPT2": ("LMHeadModel", {"n_layer": 2, "n_embd": 64, "n_head": 2, "vocab_size": 500}),
    "Bert": ("ForMaskedLM", _SIZES),
    "Llama": ("ForCausalLM", _SIZES),
    "T5": (
        "ForConditionalGeneration",
        _T5,
    ),
    "Mamba": ("ForCausalLM", {"num_hidden_layers": 2, "hidden_size": 64, "vocab_size": 500, "state_size": 8}),
    "Mamba2": (
        "ForCausalLM",
        {"num_hidden_layers": 2, "hidden_size": 64, "vocab_size": 500, "state_size": 8, "num_heads": 8, "head_dim": 16},
    ),
    "Mixtral": ("ForCausalLM", _SIZES | {"num_key_value_heads": 2, "num_local_experts": 4}),
    "DistilBert": ("ForMaskedLM", {"n_layers": 2, "dim": 64, "n_heads": 2, "hidden_dim": 128, "vocab_size": 500}),
    "Roberta": ("ForMaskedLM", _SIZES),
    "OPT": ("ForCausalLM", _SIZES | {"ffn_dim": 128, "word_embed_proj_dim": 64}),
    "Bart": ("ForConditionalGeneration", _HALVES),
    "ViT": ("ForImageClassification", _SIZES),
    "CLIP": ("Model", {}),
    "Wav2Vec2": ("ForCTC", _SIZES),
    "Whisper": ("ForConditionalGeneration", _HALVES | _WHISPER),
    "Electra": ("ForMaskedLM", _SIZES),
    "GPTNeoX": ("ForCausalLM", _SIZES),
    "Qwen2": ("ForCausalLM", _SIZES),
    "Gemma": ("ForCausalLM", _SIZES | {"head_dim": 32, "num_key_value_heads": 1}),
    "Phi": ("ForCausalLM", _SIZES),
    "Bloom": ("ForCausalLM", {"n_layer": 2, "hidden_size": 64, "n_head": 2, "vocab_size": 500}),
    "Falcon": ("ForCausalLM", _SIZES),
    "GPTNeo": (
        "ForCausalLM",
        {
            "num_layers": 2,
            "hidden_size": 64,
            "num_heads": 2,
            "vocab_size": 500,
            "attention_types": [[["global", "local"], 1]],
        },
    ),
    "DeiT": ("ForImageClassification", _SIZES),
    "Beit": ("ForImageClassification", _SIZES),
    "Swin": ("ForImageClassification", {"embed_dim": 24, "depths": [1, 1], "num_heads": [2, 4]}),
    "Segformer": ("ForSemanticSegmentation", {}),
    "Deberta": ("ForMaskedLM", _SIZES),
    "Albert": ("ForMaskedLM", _SIZES | {"embedding_size": 32}),
    "XLNet": ("LMHeadModel", {"n_layer": 2, "d_model": 64, "n_head": 2, "d_inner": 128, "vocab_size": 500}),
    "Longformer": ("ForMaskedLM", _SIZES | {"attention_window": 32}),
    "Rwkv": ("ForCausalLM", {"num_hidden_layers": 2, "hidden_size": 64, "vocab_size": 500}),
    "Hubert": ("ForCTC", _SIZES),
    "ConvNext": ("ForImageClassification", {"depths": [1, 1, 1, 1], "hidden_sizes": [16, 32, 48, 64]}),
    "ResNet": (
        "ForImageClassification",
        {"embedding_size": 16, "hidden_sizes": [16, 32, 48, 64], "depths": [1, 1, 1, 1]},
    ),
    "Siglip": ("Model", {}),
    "Pegasus": ("ForConditionalGeneration", _HALVES),
    "Marian": ("MTModel", _HALVES | {"pad_token_id": 0, "decoder_start_token_id": 0}),
    "Switch": (
        "ForConditionalGeneration",
        _T5 | {"num_experts": 4},
    ),
    "Qwen2Moe": ("ForCausalLM", _SIZES | {"num_experts": 4, "moe_intermediate_size": 64}),
    "Dinov2": ("ForImageClassification", _SIZES),
    "Perceiver": (
        "ForMaskedLM",
        {"d_model": 64, "d_latents": 64, "num_latents": 16, "num_blocks": 1, "vocab_size": 262},
    ),
}
_CONFIG_OF = {"Switch": "SwitchTransformers"}

#: The quick ones, of each package.
FAST = (
    "torchvision/resnet18",
    "timm/vit_tiny_patch16_224",
    "transformers/GPT2",
    "transformers/T5",
    "transformers/Swin",
)
ALL = (
    *(f"torchvision/{name}" for name in _TORCHVISION),
    *(f"timm/{name}" for name in _TIMM),
    *(f"transformers/{name}" for name in _TRANSFORMERS),
)


def build_of(name: str) -> Build:
    """How the model of that name is built, its package imported already."""
    package, _, model = name.partition("/")
    if package == "torchvision":
        return _torchvision(model)
    if package == "timm":
        timm = imported("timm")
        return lambda: timm.create_model(model)
    return _transformers(model)


def _torchvision(model: str) -> Build:
    folder, _, function = f"torchvision.models.{model}".rpartition(".")
    make = getattr(imported(folder), function)
    is_segmentation = "segmentation" in folder
    more = {"weights_backbone": None} if is_segmentation else {}
    return lambda: make(weights=None, **more)


def _transformers(model: str) -> Build:
    package = imported("transformers")
    ending, sizes = _TRANSFORMERS[model]
    name = _CONFIG_OF.get(model, model)
    config, made = getattr(package, f"{name}Config"), getattr(package, f"{name}{ending}")
    return lambda: made(config(**sizes))
