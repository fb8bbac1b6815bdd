// SPDX-License-Identifier: GPL-3.0-or-later
#include "network_list.hpp"

#include "question.hpp"
#include "translation.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace neural_style::plugin {
namespace {

std::string title_among(const protocol::NetworkDescription& network,
                        const std::vector<protocol::NetworkDescription>& all) {
    const auto same = std::ranges::count(all, network.title, &protocol::NetworkDescription::title);
    return network.title.empty() ? network.name
           : same > 1            ? network.title + " (" + network.name + ")"
                                 : network.title;
}

} // namespace

std::string network_text(const protocol::NetworkDescription& network,
                         const protocol::NetworkDescription& first) {
    const double megabytes = double(network.bytes) / 1e6;
    const double times = first.operations > 0 ? network.operations / first.operations : 0;
    if (times <= 0)
        return sentence(_("{}, {:.0f} MB"), network.title, megabytes);
    const double rounded = times < 3 ? std::round(times * 10) / 10 : std::round(times);
    return sentence(_("{}, {:.0f} MB, about {:g} times the time"), network.title, megabytes, rounded);
}

NetworkList::NetworkList(const std::filesystem::path& program)
    : combo_(gtk_combo_box_text_new()), add_(gtk_button_new_with_mnemonic(_("Add a network…"))),
      adder_(program) {
    g_object_ref_sink(combo_);
    g_object_ref_sink(add_);
    GList* cells = gtk_cell_layout_get_cells(GTK_CELL_LAYOUT(combo_));
    for (GList* cell = cells; cell; cell = cell->next) // must not widen the window
        g_object_set(cell->data, "ellipsize", PANGO_ELLIPSIZE_END, "width-chars", 14, nullptr);
    g_list_free(cells);
    gtk_button_set_image(GTK_BUTTON(add_), gtk_image_new_from_icon_name("list-add", GTK_ICON_SIZE_BUTTON));
    gtk_button_set_always_show_image(GTK_BUTTON(add_), TRUE);
    gtk_widget_set_halign(add_, GTK_ALIGN_END);
    gtk_widget_set_tooltip_text(
        add_, _("From a file of PyTorch (.pth, .pt) or a safetensors file: VGG, ResNet or MobileNetV2"));
    g_signal_connect_swapped(combo_, "changed", G_CALLBACK(+[](NetworkList* self) {
                                 if (!self->filling_ && self->chosen)
                                     self->chosen(self->active());
                             }),
                             this);
    g_signal_connect_swapped(add_, "clicked", G_CALLBACK(+[](NetworkList* self) { self->ask_for_file(); }),
                             this);
    fill({});
}

NetworkList::~NetworkList() {
    g_signal_handlers_disconnect_by_data(combo_, this);
    g_signal_handlers_disconnect_by_data(add_, this);
    g_object_unref(combo_);
    g_object_unref(add_);
}

std::string NetworkList::active() const {
    const char* name = gtk_combo_box_get_active_id(GTK_COMBO_BOX(combo_));
    return name ? name : "";
}

std::vector<protocol::NetworkDescription> NetworkList::all() const {
    auto all = offered_;
    if (all.empty())
        all.emplace_back();
    for (const auto& network : added_)
        if (std::ranges::none_of(all.begin() + 1, all.end(),
                                 [&](const auto& offered) { return offered.name == network.name; }))
            all.push_back(network);
    return all;
}

void NetworkList::fill(const std::string& active) {
    filling_ = true;
    GtkComboBoxText* combo = GTK_COMBO_BOX_TEXT(combo_);
    gtk_combo_box_text_remove_all(combo);
    const auto networks = all();
    const auto& first = networks.front();
    auto along = first;
    along.title = _("Comes along");
    along.operations = 0; // once the time, of course
    gtk_combo_box_text_append(combo, "",
                              offered_.empty() ? along.title.c_str() : network_text(along, first).c_str());
    for (std::size_t i = 1; i < networks.size(); ++i) {
        auto network = networks[i];
        network.title = title_among(network, networks);
        gtk_combo_box_text_append(combo, network.name.c_str(), network_text(network, first).c_str());
    }
    if (!gtk_combo_box_set_active_id(GTK_COMBO_BOX(combo_), active.c_str())) {
        gtk_combo_box_text_append(combo, active.c_str(), active.c_str());
        gtk_combo_box_set_active_id(GTK_COMBO_BOX(combo_), active.c_str());
    }
    filling_ = false;
}

void NetworkList::offer(const std::vector<protocol::NetworkDescription>& networks) {
    if (networks == offered_)
        return;
    offered_ = networks;
    fill(active());
}

void NetworkList::show(const std::string& name) {
    if (name != active())
        fill(name);
}

void NetworkList::ask_for_file() {
    ask_file(
        add_, _("Add a network…"), GTK_FILE_CHOOSER_ACTION_OPEN, {},
        [this](const std::filesystem::path& file) {
            if (!file.empty())
                add(file);
            else if (failed)
                failed(_("The file is not on this computer: copy it here first."));
        },
        [](GtkFileChooser* chooser) {
            GtkFileFilter* filter = gtk_file_filter_new();
            gtk_file_filter_set_name(filter, "*.pth, *.pt, *.safetensors");
            for (const char* pattern : {"*.pth", "*.pt", "*.safetensors"})
                gtk_file_filter_add_pattern(filter, pattern);
            gtk_file_chooser_add_filter(chooser, filter);
        });
}

void NetworkList::add(const std::filesystem::path& file) {
    gtk_widget_set_sensitive(add_, FALSE);
    gtk_button_set_label(GTK_BUTTON(add_), _("Adding the network…"));
    adder_.add(file, [this](const Result<AddedNetwork>& added) {
        gtk_button_set_label(GTK_BUTTON(add_), _("Add a network…"));
        gtk_widget_set_sensitive(add_, TRUE);
        if (!added) {
            if (failed)
                failed(added.error().message);
            return;
        }
        added_.push_back({.name = added->name,
                          .title = added->title,
                          .bytes = added->bytes,
                          .operations = added->operations,
                          .layers = {}});
        fill(added->name);
        if (chosen)
            chosen(added->name);
    });
}

} // namespace neural_style::plugin
